"""nginx configurations: one frame, and the sites in it."""

from __future__ import annotations

FRAME = """user www-data; worker_processes 1; daemon off; pid /run/nginx/pid; error_log stderr;
events {{ worker_connections 512; }}
http {{
  access_log off; server_tokens off;
  types {{ text/html html; }} default_type application/octet-stream;
  client_body_temp_path /run/nginx/1; proxy_temp_path /run/nginx/2; fastcgi_temp_path /run/nginx/3;
  uwsgi_temp_path /run/nginx/4; scgi_temp_path /run/nginx/5;
{sites}
}}
"""
START = "mkdir -p /run/nginx /var/log/nginx\nnginx -c {path} &"
HSTS = 'add_header Strict-Transport-Security "max-age=63072000" always;'
GOOD = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"
QUIET = 'location / { default_type text/html; return 200 "<!DOCTYPE html><title>Quiet</title><h1>A quiet page</h1>"; }'
LOGIN = (
    'location / { default_type text/html; return 200 "<!DOCTYPE html><title>Sign in</title>'
    "<form method=post action=/login>"
    '<input name=user><input type=password name=password><button>Sign in</button></form>"; }'
)


TO_HTTPS = "location / { return 301 https://$host$request_uri; }"


def configuration(*sites: str) -> str:
    return FRAME.format(sites="\n".join(sites))


def plain(port: int, *rules: str, address: str = "") -> str:
    return f"  server {{ listen {address}{port}; {' '.join(rules)} }}"


def tls(port: int, certificate: str, *rules: str, folder: str = "/srv") -> str:
    """A site over TLS; `certificate` names the two files `CERTIFICATE.pem` and `CERTIFICATE.key` in `folder`."""
    files = f"ssl_certificate {folder}/{certificate}.pem; ssl_certificate_key {folder}/{certificate}.key;"
    return f"  server {{ listen {port} ssl; {files} {' '.join(rules)} }}"


def behind_tls(port: int, certificate: str, inner: int) -> str:
    """What listens on this machine's `inner` port, over TLS: for servers that have none of their own."""
    passed_on = f"location / {{ proxy_pass http://127.0.0.1:{inner}; proxy_set_header Host $host; }}"
    return tls(port, certificate, GOOD, HSTS, passed_on)
