"""Web servers that do not look for what they are asked for: nothing found there is no "nothing there"."""

import os
import shutil

import pytest
import web_lab

from posture.facts.network import Login

SETTINGS = b"APP_NAME=bakery\nDB_PASSWORD=correct-horse-battery\n"


@pytest.fixture
def nginx(tmp_path):
    """Starts a real nginx with this in its http block and in its server block; gives its port."""
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    (tmp_path / "www").mkdir()
    (tmp_path / "www/.env").write_bytes(SETTINGS)
    (tmp_path / "www/index.html").write_text("<!DOCTYPE html><title>Bakery</title>")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""

    def start(http, server):
        port = web_lab.free_port()
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr crit; {user} events {{}}\n"
            f"http {{ access_log off; {temporary} {http}\n"
            f"server {{ listen 127.0.0.1:{port}; root {tmp_path}/www; {server} }} }}"
        )
        return web_lab.running(["nginx", "-e", "stderr", "-c", tmp_path / "nginx.conf"], port, tmp_path), port

    return start


@pytest.mark.parametrize("status", [429, 503])
def test_a_limit_on_requests_hides_what_is_there(nginx, status):
    """A real nginx with limit_req answers a few requests and turns the rest away, the exposed file among them."""
    limit = f"limit_req_zone $server_port zone=z:1m rate=1r/m; limit_req_status {status};"
    server, port = nginx(limit, "limit_req zone=z burst=3 nodelay;")
    with server:
        site = web_lab.site(port)
    assert f"it turned the auditor away with status {status}" in site.reason
    assert "/.env" not in site.paths_asked
    assert site.status == 200


def test_a_server_that_lets_nobody_in_was_not_looked_at(nginx):
    """403 to the first page and to one that does not exist: other addresses may be let in."""
    server, port = nginx("", "deny all;")
    with server:
        site = web_lab.site(port)
    assert "it turned the auditor away with status 403" in site.reason
    assert site.paths_asked == ()


def test_a_gateway_without_the_program_behind_it_was_not_looked_at(nginx):
    """What the program would serve is not known while it is down."""
    server, port = nginx("", f"location / {{ proxy_pass http://127.0.0.1:{web_lab.free_port()}; }}")
    with server:
        site = web_lab.site(port)
    assert "it turned the auditor away with status 502" in site.reason


def test_a_server_that_forbids_some_paths_was_looked_at(nginx):
    """Where other pages are served, or are not there, a 403 is an answer to the question."""
    server, port = nginx("", r"location ~ /\. { deny all; }")
    with server:
        site = web_lab.site(port)
    assert site.reason == ""
    assert "/.env" in site.paths_asked


def test_a_status_that_an_application_is_known_by_is_its_answer():
    """A sealed Vault says so with 503."""

    async def sealed(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1]
                body = b'{"initialized": true, "sealed": true, "version": "1.15.0"}'
                status, body = {
                    b"/": (b"307 Temporary Redirect\r\nLocation: /ui/", b""),
                    b"/v1/sys/health": (b"503 Service Unavailable", body),
                }.get(path, (b"404 Not Found", b""))
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
                await writer.drain()
        except (OSError, EOFError):
            pass

    with web_lab.answering(sealed) as port:
        sites, found = web_lab.look(port)
    assert [(one.name, one.login) for one in found] == [("vault", Login.REQUIRED)]
    assert [site.reason for site in sites.sites] == [""]


def everywhere(kind: bytes, body: bytes):
    """A server that answers every path with the same, as sites do that show a page of their own for what is missing."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % (kind, len(body)) + body)
        await writer.drain()
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"text/plain", SETTINGS),
        (b"text/plain", b"ref: refs/heads/main\n"),
        (b"application/json\r\nApi-Version: 1.41", b'[] {"ApiVersion": "1.41"}'),  # both answers of an open Docker
    ],
)
def test_what_is_shown_for_every_path_proves_nothing(kind, body):
    """The page that does not exist shows it too: no file is exposed, and no program open."""
    with web_lab.answering(everywhere(kind, body)) as port:
        sites, applications = web_lab.look(port)
    (site,) = sites.sites
    assert site.exposed == ()
    assert Login.NOT_NEEDED not in {application.login for application in applications}
