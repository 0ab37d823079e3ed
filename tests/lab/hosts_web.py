"""Web servers: what may not lie there, interfaces for administrators, and TLS in its variants."""

from __future__ import annotations

from collections.abc import Mapping

import lab_nginx
from cryptography.hazmat.primitives.asymmetric import rsa
from lab_certificates import Authority, Certificate
from lab_host import Entry, Host, own_server, service_host
from lab_keys import KeyPair
from lab_nginx import GOOD, HSTS, LOGIN, QUIET, behind_tls, plain, tls
from truth import ADDRESSES

# Interfaces that Debian has no package of: without a login, and with one and TLS.
# (It has one of Prometheus, which takes 330 MB with what it depends on.)
EMULATED = (
    ("docker", 2375, 2376),
    ("kubelet", 10250, 10251),
    ("jupyter", 8888, 8889),
    ("grafana", 3000, 3001),
    ("jenkins", 8090, 8091),
)
# The hash of a password that nobody knows, as htpasswd -B makes it.
HTPASSWD = "admin:$2y$05$cPZpjGyPYQNmBVKfYBbGb.PxVjK1KYVvUGPBFWQbWQ7V2QWvNf4Fe\n"
REGISTRY = """version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: /run/registry-{port}}}}}
http: {{{tls}addr: "0.0.0.0:{port}"}}
{auth}"""
EXPOSED = (  # what an administrator copied along with the site; every secret is made up
    Entry("/srv/site/index.html", "<!DOCTYPE html><title>Bakery</title><h1>Bread</h1>\n"),
    Entry("/srv/site/.git/HEAD", "ref: refs/heads/main\n"),
    Entry(
        "/srv/site/.git/config",
        '[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n'
        "\turl = https://git.lab.test/bakery/shop.git\n",
    ),
    Entry("/srv/site/.git/index", "DIRC\x00\x00\x00\x02\x00\x00\x00\x00"),
    Entry("/srv/site/.env", "APP_NAME=bakery\nAPP_ENV=production\nDB_HOST=127.0.0.1\nDB_PASSWORD=not-a-real-one\n"),
    Entry(
        "/srv/site/backup.sql",
        "-- MariaDB dump 10.19\n--\n-- Host: localhost    Database: shop\nCREATE TABLE `customers` (`id` int);\n",
    ),
    Entry("/srv/site/backup/orders.csv", "id,name\n"),
)
SOFT_404 = (
    'location / { default_type text/html; return 200 "<!DOCTYPE html><title>Oops</title><p>Nothing here, '
    'but have a look around!</p>"; }'
)
OLD = "ssl_protocols TLSv1 TLSv1.1 TLSv1.2;"


def _certificates(authority: Authority) -> dict[str, Certificate]:
    names = ("web.lab.test", "www.lab.test", ADDRESSES["web"])
    return {
        "good": authority.issue(*names),
        "expired": authority.issue(*names, days=(-400, -35)),
        "self-signed": authority.issue(*names, self_signed=True),
        "other-name": authority.issue("shop.example.org"),
        "small": authority.issue(*names, key=rsa.generate_private_key(65537, 1024)),
        "rsa": authority.issue(*names, key=rsa.generate_private_key(65537, 2048)),
    }


def sites() -> str:
    return lab_nginx.configuration(
        plain(80, "root /srv/site;", "location /backup/ { autoindex on; }"),
        plain(8080, SOFT_404),
        plain(8081, LOGIN),
        tls(443, "good", GOOD, HSTS, LOGIN),
        tls(8441, "good", GOOD, LOGIN),  # a login and no HSTS
        tls(8442, "expired", GOOD, HSTS, QUIET),
        tls(8443, "self-signed", GOOD, HSTS, QUIET),
        tls(8444, "other-name", GOOD, HSTS, QUIET),
        tls(8445, "small", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE+AESGCM:@SECLEVEL=0;", HSTS, QUIET),
        tls(
            8446,
            "rsa",
            OLD,
            "ssl_ciphers ECDHE+AESGCM:ECDHE+AES:!NULL:@SECLEVEL=0;",
            HSTS,
            QUIET,
        ),
        tls(8447, "rsa", "ssl_protocols TLSv1.2; ssl_ciphers NULL-SHA256:AES128-SHA:@SECLEVEL=0;", HSTS, QUIET),
        *(behind_tls(twin, "good", twin + 10_000) for _, _, twin in EMULATED),
    )


def web(_keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    certificates = _certificates(authority)
    servers = f"""{lab_nginx.START.format(path="/srv/nginx.conf")}
docker-registry serve /srv/registry-5000.yml &
docker-registry serve /srv/registry-5001.yml &
{own_server("servers_web.py", "prometheus", 9090)}
{own_server("servers_web.py", "prometheus", 9091, "--login")}
"""
    for name, port, twin in EMULATED:
        servers += own_server("servers_web.py", name, port) + "\n"
        servers += own_server("servers_web.py", name, twin + 10_000, "127.0.0.1", "--login") + "\n"
    basic = "auth: {htpasswd: {realm: registry, path: /srv/htpasswd}}\n"
    over_tls = "tls: {certificate: /srv/good.pem, key: /srv/good.key, minimumtls: tls1.2}, "
    entries = (
        *EXPOSED,
        Entry("/srv/nginx.conf", sites()),
        Entry("/srv/registry-5000.yml", REGISTRY.format(port=5000, auth="", tls="")),
        Entry("/srv/registry-5001.yml", REGISTRY.format(port=5001, auth=basic, tls=over_tls)),
        Entry("/srv/htpasswd", HTPASSWD),
        *(Entry(f"/srv/{name}.pem", made.certificate) for name, made in certificates.items()),
        *(Entry(f"/srv/{name}.key", made.key, 0o600) for name, made in certificates.items()),
    )
    return service_host("web", servers=servers, entries=entries)
