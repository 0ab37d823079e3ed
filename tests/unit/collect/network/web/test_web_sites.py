"""Sites of a real nginx: files that should not be there, logins, redirects, TLS; each beside its harmless twin."""

import contextlib
import gzip
import io
import os
import shutil
import socket
import ssl
import subprocess
import tarfile
import threading

import pytest
import web_lab

from posture.collect.network.confirm import http
from posture.facts.network import Login

FILES = {
    "index.html": b"<!DOCTYPE html><title>Bakery</title><p>Bread</p>",
    ".git/HEAD": b"ref: refs/heads/main\n",
    ".git/config": b"[core]\n\tbare = false\n[remote]\n\turl = https://bob:hunter2hunter2@git.example/shop.git\n",
    ".svn/wc.db": b"SQLite format 3\0" + bytes(100),
    ".env": b"APP_NAME=bakery\nexport DB_PASSWORD=correct-horse-battery\nMAIL_HOST=localhost\n",
    ".DS_Store": b"\0\0\0\x01Bud1" + bytes(100),
    "phpinfo.php": b"<!DOCTYPE html><html><title>PHP 8.2.7 - phpinfo()</title></html>",
    "wp-config.php.bak": b"<?php\ndefine('DB_PASSWORD', 'correct-horse-battery');\n",
    "backup.sql": b"-- MariaDB dump 10.19\nINSERT INTO `users` VALUES (1,'correct-horse-battery');\n",
    "backup.sql.gz": gzip.compress(b"CREATE TABLE `users` (`id` int);\n"),
    "id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
    ".htpasswd": b"bob:$apr1$Zx9Kq1aB$correct.horse.battery\n",
    ".aws/credentials": b"[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = correct-horse\n",
    "backup/orders.csv": b"1\n",
}
SECRETS = ("hunter2", "correct", "b3Blbn", "AKIA")
KINDS = {
    "/.git/HEAD": "git-credentials", "/.svn/wc.db": "svn", "/.env": "env", "/.DS_Store": "folder-view",
    "/phpinfo.php": "phpinfo", "/wp-config.php.bak": "config", "/backup.sql": "dump", "/backup.sql.gz": "dump",
    "/backup.tar.gz": "backup", "/id_rsa": "key", "/.htpasswd": "passwords", "/.aws/credentials": "cloud-key",
    "/backup/": "listing",
}  # fmt: skip
HARMLESS = {  # the same names with nothing in them that proves anything
    "index.html": b"<!DOCTYPE html><title>Index of good bread</title><p>Bread</p>",
    ".git/HEAD": b"What git is\n", ".env": b"<html>A=1 PASSWORD=2</html>", "backup.sql": b"", "id_rsa": b"no key\n",
    "wp-config.php.bak": b"moved", "backup.zip": b"PK", ".htpasswd": b"nobody\n", "phpinfo.php": b"phpinfo() explained",
    ".aws/credentials": b"see the manual\n", ".svn/wc.db": b"SQLite", "backup.sql.gz": b"\x1f\x8b\x08broken",
}  # fmt: skip
FORM = '<!DOCTYPE html><title>L</title><form><input name=p type=\\"password\\"></form>'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a certificate that signs itself, and of its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
         "/CN=shop.example", "-keyout", folder / "key.pem", "-out", folder / "crt.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "crt.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, certificate):
    """Ports of the sites by name."""
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    for root, files in (("exposed", FILES), ("harmless", HARMLESS)):
        for name, content in files.items():
            (folder / root / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / root / name).write_bytes(content)
    (folder / "exposed/backup.tar.gz").write_bytes(_archive())
    tls = f"ssl_certificate {certificate[0]}; ssl_certificate_key {certificate[1]};"
    away = "return 301 https://$host$request_uri;"
    hsts = 'add_header Strict-Transport-Security "max-age=31536000";'
    sites = {
        "exposed": f"root {folder}/exposed; location /backup/ {{ autoindex on; }}",
        "typeless": f"root {folder}/exposed; default_type text/html; types {{ }}",
        "harmless": f"root {folder}/harmless;",
        "soft-404": _page("<title>Index of all</title><a href=x>ref: refs/heads/main DB_PASSWORD=1 A=2</a>"),
        "to-https": away,
        "half-to-https": f"root {folder}/exposed; location = / {{ {away} }}",
        "all-but-files-to-https": f"root {folder}/exposed; location = / {{ {away} }} error_page 404 =301 @tls; "
        f"location @tls {{ {away} }}",
        "tokens": _page(FORM, "/in") + 'location = / { return 302 "/in;sid=S3CRET1?token=S3CRET2"; }',
        "password-in-redirect": "location / { return 302 https://bob:S3CRET1@S3CRET2@other.example/x?t=S3CRET3; }",
        "login": _page("<a href=/sign-in>in</a>") + _page(FORM, "/sign-in"),
        "basic": 'location / { auth_basic "Shop"; auth_basic_user_file /dev/null; }',
        "loop": "location / { return 302 /again$request_uri; }",
        "elsewhere": "location / { return 302 http://127.0.0.1:1/; }",
        "tls": f"{tls} {hsts} " + _page("<title>$ssl_server_name $host</title>"),
        "tls-1.0": f"{tls} ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0; " + _page("x"),
        "client-certificate": f"{tls} ssl_verify_client on; ssl_client_certificate {certificate[0]}; " + _page("x"),
    }
    ports = {name: web_lab.free_port() for name in sites}
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    blocks = "\n".join(
        f"server {{ listen 127.0.0.1:{ports[name]}{' ssl' if 'ssl_cert' in words else ''}; {words} }}"
        for name, words in sites.items()
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr error; {user} events {{}}\n"
        f"http {{ access_log off; server_tokens on; {temporary}\n{blocks}\n}}"
    )
    with web_lab.running(["nginx", "-e", "stderr", "-c", folder / "nginx.conf"], ports["login"], folder):
        yield ports


def _page(markup: str, path: str = "/") -> str:
    return f'location {path} {{ default_type text/html; return 200 "{markup}"; }}\n'


def _archive() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("srv/shop/index.php"))
    return made.getvalue()


def test_files_that_should_not_be_there_are_proven_by_their_content(nginx):
    """Each kind is found, with evidence that holds no secret."""
    site = web_lab.site(nginx["exposed"])
    assert {file.path: file.kind for file in site.exposed} == KINDS
    assert not [secret for secret in SECRETS if secret in repr(site)]
    shown = {file.path: file.transcript.received for file in site.exposed}
    assert "DB_PASSWORD, MAIL_HOST; values not shown" in shown["/.env"]
    assert "https://…@git.example/shop.git" in shown["/.git/HEAD"]
    assert "srv/shop/index.php" in shown["/backup.tar.gz"]
    assert "lists 1 name: orders.csv" in shown["/backup/"]


def test_a_server_that_calls_every_file_a_page_gives_them_away_all_the_same(nginx):
    """The type that a server states proves as little as the status."""
    found = {file.path for file in web_lab.site(nginx["typeless"]).exposed}
    assert found == KINDS.keys() - {"/backup/"}


@pytest.mark.parametrize("name", ["harmless", "soft-404"])
def test_names_alone_prove_nothing(nginx, name):
    """Files of the same names with other content, and one page for every path, are no finding."""
    site = web_lab.site(nginx[name])
    assert site.exposed == ()
    assert "/.env" in site.paths_asked
    assert site.soft_404 == (name == "soft-404")


def test_a_site_that_sends_everything_to_https_is_asked_for_little_more(nginx):
    """One that sends on its first page only is asked for all; a rule may send on all but the files that are there."""
    away, half, files = (web_lab.site(nginx[name]) for name in ("to-https", "half-to-https", "all-but-files-to-https"))
    assert (away.to_https, away.exposed, away.location) == (True, (), "https://127.0.0.1/")
    assert away.paths_asked == ("/.git/HEAD", "/.env", "/backup.sql")
    assert half.to_https
    assert {file.path for file in half.exposed} >= {"/.env", "/id_rsa"}
    assert files.to_https
    assert {file.path for file in files.exposed} == {"/.git/HEAD", "/.env", "/backup.sql"}


def test_logins_are_seen(nginx):
    """A form behind the first page's link, and a Basic challenge."""
    login, basic = web_lab.site(nginx["login"]), web_lab.site(nginx["basic"])
    assert (login.login_form, login.basic_auth) == ("/sign-in", "")
    assert (basic.login_form, basic.basic_auth, basic.paths_asked) == ("", "/", ())


@pytest.mark.parametrize("name", ["loop", "elsewhere"])
def test_redirects_are_followed_on_the_same_server_only_and_not_for_ever(nginx, name):
    """Every contact of the action log is with the one port that was to be looked at."""
    log = web_lab.Logged()
    site = web_lab.site(nginx[name], log=log)
    assert (site.status, site.page, site.reason) == (302, False, "")
    assert {action.target for action in log.actions} == {f"127.0.0.1 port {nginx[name]}/tcp"}


@pytest.mark.parametrize(
    ("name", "location"), [("tokens", "/in"), ("password-in-redirect", "https://…@other.example/x")]
)
def test_what_a_redirect_carries_is_not_kept(nginx, name, location):
    """Tokens and passwords in the addresses of pages stay out of the fact, its evidence with it."""
    site = web_lab.site(nginx[name])
    assert site.location.replace(f"http://127.0.0.1:{nginx[name]}", "") == location
    assert site.login_form == ("/in" if name == "tokens" else "")
    assert "S3CRET" not in repr(site)


def test_a_site_with_tls_is_asked_by_its_name(nginx):
    """SNI and Host carry the customer's name; a bare address sends no SNI."""
    named, bare = web_lab.site(nginx["tls"], "shop.example", tls=True), web_lab.site(nginx["tls"], tls=True)
    assert (named.scheme, named.title, named.hsts) == ("https", "shop.example shop.example", "max-age=31536000")
    assert bare.title == "127.0.0.1"


def test_a_site_with_old_tls_is_looked_at_all_the_same(nginx):
    """What only speaks TLS 1.0 serves its files to whoever can do that."""
    site = web_lab.site(nginx["tls-1.0"], tls=True)
    assert (site.status, site.reason) == (200, "")


def test_a_port_that_wants_tls_is_asked_again_with_it(nginx):
    """nmap's http on a port that reproaches plain HTTP is https."""
    assert web_lab.site(nginx["tls"]).scheme == "https"


def test_a_client_certificate_keeps_strangers_out(nginx):
    """A server that answers 400 for want of a certificate shows nothing."""
    site = web_lab.site(nginx["client-certificate"], tls=True)
    assert (site.status, site.exposed, site.page) == (400, (), False)


def test_a_handshake_that_wants_a_client_certificate_is_a_login(nginx, certificate):
    """As Docker's and etcd's do: no HTTP is spoken before the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.load_verify_locations(certificate[0])
    context.verify_mode = ssl.CERT_REQUIRED

    def shake_hands(twice: int = 2) -> None:
        for _ in range(twice):
            with server.accept()[0] as client, contextlib.suppress(OSError):
                context.wrap_socket(client, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=shake_hands)
        thread.start()
        port = server.getsockname()[1]
        site = web_lab.site(port, tls=True)
        seen = http.confirm(web_lab.target().approach(port, "confirm http", tls=True))
        thread.join()
    assert (site.status, site.exposed, site.reason) == (0, (), "")
    assert seen.login is Login.REQUIRED
