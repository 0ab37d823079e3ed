from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from feed_server import Answer, plain, serving

from posture.advisories.errors import NotWritten, RefreshError, Refused, Unreachable
from posture.advisories.fetch import Validators, fetch, local_path, shown

MOST = 1 << 20
NOTHING = Validators()


def fetched(location: str, target: Path, seconds: float = 5, most: int = MOST, known: Validators = NOTHING):
    return fetch(location, target, most_bytes=most, until=time.monotonic() + seconds, known=known)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def drip(connection: socket.socket, piece: bytes) -> None:
    with suppress(OSError):
        while True:
            connection.sendall(piece)
            time.sleep(0.02)


def dripped_head(connection: socket.socket, _: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    drip(connection, b"a")


def dripped_body(connection: socket.socket, _: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(connection, b"a")


def silent(connection: socket.socket, _: str) -> None:
    with suppress(OSError):
        connection.recv(1)


@pytest.mark.parametrize("answer", [dripped_head, dripped_body, silent])
def test_a_server_that_sends_slowly_is_left_in_time(answer: Answer, tmp_path):
    """However slowly bytes come, nothing goes on after the instant that was set, and nothing is left on disk."""
    started = time.monotonic()
    with serving(answer) as (url, _), pytest.raises(Unreachable, match="within the time"):
        fetched(f"{url}/a", tmp_path / "a", seconds=0.4)
    assert time.monotonic() - started < 5
    assert not list(tmp_path.iterdir())


def test_a_body_without_end_stops_at_the_bound(tmp_path):
    """A body without a length is cut off at the bound, and leaves no file."""

    def endless(connection: socket.socket, _: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(bytes(1 << 16))

    with serving(endless) as (url, _), pytest.raises(Refused, match="larger than 1048576 bytes"):
        fetched(f"{url}/a", tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_redirect_with_a_body_without_end_is_not_read(tmp_path):
    """What a redirect carries besides its target is of no interest."""

    def endless(connection: socket.socket, head: str) -> None:
        if "/b" in head:
            plain(b"here")(connection, head)
            return
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")
        with suppress(OSError):
            while True:
                connection.sendall(bytes(1 << 16))

    with serving(endless) as (url, _):
        assert fetched(f"{url}/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"here"


@pytest.mark.parametrize("short", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc"])
def test_a_file_that_is_cut_short_is_no_file(short: bytes, tmp_path):
    """Fewer bytes than announced: the file is not taken."""
    answer: Answer = lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\n" + short)  # noqa: E731
    with serving(answer) as (url, _), pytest.raises(Unreachable, match="cut short"):
        fetched(f"{url}/a", tmp_path / "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "FILE:/etc/passwd", "data:,a"])
def test_a_redirect_to_another_scheme_is_refused(target: str, tmp_path):
    """A server cannot point at a file of this machine."""
    answer = plain(b"", f"Location: {target}", status="302 Found")
    with serving(answer) as (url, _), pytest.raises(Refused, match="is not followed"):
        fetched(f"{url}/a", tmp_path / "a")


def test_redirects_in_a_circle_end(tmp_path):
    """A server that redirects for ever is left."""
    with serving(plain(b"", "Location: /a", status="302 Found")) as (url, _), pytest.raises(Refused, match="redirects"):
        fetched(f"{url}/a", tmp_path / "a")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    pem = tmp_path_factory.mktemp("tls") / "server.pem"
    name = "/CN=loopback"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", name]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(pem) + ".key", "-out", str(pem)]
    subprocess.run(command, check=True, capture_output=True)
    return pem


def context_of(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, str(pem) + ".key")
    return context


def test_https_is_verified_and_never_left_for_http(certificate: Path, tmp_path, monkeypatch):
    """An unknown certificate is an error; so is a redirect from https to http, even with a known one."""
    with serving(plain(b"x"), context_of(certificate)) as (url, _):
        with pytest.raises(Unreachable, match="TLS failed"):
            fetched(f"{url}/a", tmp_path / "a")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetched(f"{url}/a", tmp_path / "a")
    answer = plain(b"", "Location: http://127.0.0.1:9/a", status="301 Moved")
    with serving(answer, context_of(certificate)) as (url, _), pytest.raises(Refused, match="from https to http"):
        fetched(f"{url}/a", tmp_path / "a")


def test_a_handshake_that_never_ends_is_left_in_time(tmp_path):
    """A port that takes the connection and says nothing, where TLS is expected."""
    with serving(silent) as (url, _), pytest.raises(Unreachable, match="within the time"):
        fetched(url.replace("http:", "https:"), tmp_path / "a", seconds=0.4)


def test_what_has_not_changed_is_not_fetched_again(tmp_path):
    """The server's validators are sent back word for word; 304 answers with nothing."""

    def answer(connection: socket.socket, head: str) -> None:
        known = 'If-None-Match: "v1"' in head
        status = "304 Not Modified" if known else "200 OK"
        plain(b"" if known else b"x", 'ETag: "v1"', "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT", status=status)(
            connection, head
        )

    with serving(answer) as (url, heads):
        first = fetched(f"{url}/a", tmp_path / "a")
        assert first
        assert fetched(f"{url}/a", tmp_path / "b", known=first.validators) is None
    assert "If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT" in heads[1]


def test_a_login_goes_to_its_server_alone_and_into_no_message(tmp_path):
    """Basic authentication for the server that the address names, not for the one it redirects to."""
    with (
        serving(plain(b"", status="404 Gone\x1b[2J")) as (other, others),
        serving(plain(b"", f"Location: {other}/b", status="302 Found")) as (url, heads),
        pytest.raises(Unreachable, match="404") as caught,
    ):
        fetched(url.replace("//", "//bob:s3cret%21@") + "/a?token=t0ken", tmp_path / "a")
    assert "Authorization: Basic Ym9iOnMzY3JldCE=" in heads[0]
    assert "authorization" not in others[0].lower()
    assert not any(secret in str(caught.value) for secret in ("s3cret", "t0ken", "\x1b"))


def test_the_proxy_of_the_environment_is_used(tmp_path, monkeypatch):
    """http_proxy is asked for the whole address, with its own login."""
    with serving(plain(b"by proxy")) as (url, heads):
        monkeypatch.setenv("http_proxy", url.replace("//", "//me:pw@"))
        assert fetched("http://feeds.example/a", tmp_path / "a")
    assert heads[0].startswith("GET http://feeds.example/a HTTP/1.1")
    assert "proxy-authorization: basic" in heads[0].lower()


@pytest.mark.parametrize(
    "inside", ["127.0.0.1:PORT", "localhost:PORT", "[::1]", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254"]
)
def test_a_public_server_leads_to_no_internal_one(inside: str, tmp_path, monkeypatch):
    """The auditor's own network is no place to be sent to. All goes through a proxy, which plays the public server."""
    target = f"Location: http://{inside}/secret"
    with serving(plain(b"", target.replace("PORT", "9"), status="302 Found")) as (url, heads):
        monkeypatch.setenv("http_proxy", url)
        with pytest.raises(Refused, match="to an internal address"):
            fetched("http://9.9.9.9/a", tmp_path / "a")
    assert len(heads) == 1


@pytest.mark.parametrize(
    "location", ["http://", "gopher://a/b", "http://a b/", "http://[::1/x", "http://h:99999/", "x:y"]
)
def test_what_is_no_address_is_refused(location: str, tmp_path):
    """A typing error in an address is told as such, before anything is sent."""
    with pytest.raises(Refused, match="no address"):
        fetched(location, tmp_path / "a")


def test_files_by_path_and_by_url(tmp_path):
    """A path and a file URL give the same; an unchanged file is not copied again; a pipe does not hang anybody."""
    source = tmp_path / "a b"
    source.write_bytes(b"x")
    first = fetched(str(source), tmp_path / "1")
    assert first == fetched(source.as_uri(), tmp_path / "1")
    assert first
    assert fetched(str(source), tmp_path / "2", known=first.validators) is None
    with pytest.raises(Refused, match="larger"):
        fetched(str(source), tmp_path / "2", most=0)
    subprocess.run(["mkfifo", tmp_path / "pipe"], check=True)
    for odd, error in ((tmp_path / "pipe", Refused), (tmp_path, RefreshError), (tmp_path / "none", Unreachable)):
        with pytest.raises(error):
            fetched(str(odd), tmp_path / "2")
    with pytest.raises(Refused, match="another host"):
        local_path("file://server/share")
    assert not (tmp_path / "2").exists()


def test_a_full_disk_is_told_as_such(tmp_path):
    """Nothing can be written: neither the server's fault nor a reason to distrust it."""
    (tmp_path / "a").symlink_to("/dev/full")
    with serving(plain(b"x" * 100_000)) as (url, _), pytest.raises(NotWritten, match="No space left"):
        fetched(f"{url}/a", tmp_path / "a")


def test_a_closed_port_is_unreachable(tmp_path):
    """The reason is told, and threads that kept the time are gone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RefreshError, match="refused"):
        fetched(f"http://127.0.0.1:{port}/a", tmp_path / "a")
    deadline = time.monotonic() + 5
    while any(thread.name == "fetch-clock" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_addresses_are_shown_without_secrets():
    """Logins and queries may be secrets."""
    assert shown("https://u:p@h.example:8443/a?sig=1#x") == "https://h.example:8443/a?…"
    assert shown("/srv/feeds/a.zip") == "/srv/feeds/a.zip"
    assert shown("/srv/feeds/me@home/a.zip") == "/srv/feeds/me@home/a.zip"
    assert shown("file:///srv/me@home/a.zip") == "file:///srv/me@home/a.zip"


@pytest.mark.parametrize("password", ["pa/ss", "pa?ss", "pa#ss", "pa/s@s", "/pass", "pass/"])
@pytest.mark.parametrize("begin", ["https://", "HTTP://", "https:/", "https:"])
def test_a_password_that_is_not_encoded_is_not_shown(begin, password, tmp_path):
    """Read by the letter, what follows its slash is the path; people mean a login."""
    location = f"{begin}bot:{password}@mirror.example/x"
    assert password not in shown(location)
    assert "mirror.example" not in shown(location)
    with pytest.raises(RefreshError) as told:
        fetched(location, tmp_path / "a")
    assert password not in str(told.value)
    assert "mirror.example" not in str(told.value)
