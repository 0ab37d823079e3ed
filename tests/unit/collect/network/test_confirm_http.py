"""HTTP is told from what only looks like it."""

import pytest
import web_lab

from posture.collect.network.confirm.http import confirm
from posture.facts.network import Login


def asked(answer: bytes, *, close: bool = True, seconds: float = 2):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if not close:
            await reader.read()
        writer.close()

    with web_lab.answering(serve) as port:
        return confirm(web_lab.target().approach(port, "confirm http", seconds=seconds))


@pytest.mark.parametrize(
    ("answer", "login", "software"),
    [
        (b"1.1 200 OK\r\nServer: nginx/1.22.1 (x)\r\nContent-Length: 1\r\n\r\nx", Login.UNKNOWN, ("nginx", "1.22.1")),
        (b"1.0 302 Found\r\nServer: Docker/20.10.24 (linux)\r\n\r\n", Login.UNKNOWN, ("Docker", "20.10.24")),
        (b"1.1 401 \r\nServer: Jetty(9.4.z)\r\n\r\n", Login.REQUIRED, ("Jetty", "")),
        (b"1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", Login.UNKNOWN, ("", "")),
        (b"1.1 204 No Content\nServer: Apache\n\n", Login.UNKNOWN, ("Apache", "")),
    ],
)
def test_a_web_server_is_one_by_its_first_line(answer, login, software):
    """And names its software; whether it asks for a login for its first page is told."""
    seen = asked(b"HTTP/" + answer)
    assert (seen.speaks, seen.login, (seen.product, seen.version)) == (True, login, software)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n<title>400 The plain HTTP request was sent to HTTPS port</title>",
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\nYou're speaking plain HTTP to an SSL-enabled server port.",
        b"HTTP/1.0 200 OK\r\nContent-Length: 44\r\n\r\nYou are trying to access MongoDB over HTTP. ",
        b"HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\nUse port 8123.",
        b"-ERR unknown command 'GET'\r\n",
        b"HTTPS only\r\n",
        b"",
    ],
)
def test_what_is_no_web_server_is_not_called_one(answer):
    """TLS ports asked in clear, databases that say that this is not their web port, other protocols, nothing."""
    seen = asked(answer)
    assert (seen.speaks, seen.login) == (False, Login.UNKNOWN)
    assert seen.reason


def test_a_connection_that_is_kept_open_costs_no_time():
    """The head is enough: a server that ignores `Connection: close` is not waited for."""
    assert asked(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", close=False, seconds=60).speaks


def test_cookies_are_no_evidence():
    """A session that was begun with the auditor is nobody else's business."""
    seen = asked(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=abcdef\r\nContent-Length: 0\r\n\r\n")
    assert "abcdef" not in repr(seen)
