"""Web servers that attack whoever asks them: bounded in time and bytes, harmless in a report, never taken for open."""

import asyncio
import gzip
import socket
import struct
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
import web_lab
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.collect.network.conversation import Conversation
from posture.collect.network.web import client
from posture.collect.network.web.client import MOST_REQUESTS
from posture.collect.network.web.exchange import HEAD_LIMIT, WIRE_LIMIT
from posture.facts.network import Login
from posture.model.text import visible

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b6n<script>alert(1)</script>\u202e\x00{{7*7}}".encode() + b"\xff\xed\xa0\x80"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
READ_LIMIT = MOST_REQUESTS * (WIRE_LIMIT + HEAD_LIMIT)


class Attack:
    """Answers each request by `pieces`, and by `endless` over and over."""

    def __init__(self, *pieces: bytes, endless: bytes = b"", pause: float = 0, close: bool = False) -> None:
        self.pieces, self.endless, self.pause, self.close = pieces, endless, pause, close

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                for piece in self.pieces:
                    await self._send(writer, piece)
                while self.endless:
                    await self._send(writer, self.endless)
                if self.close:
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        writer.write(piece)
        await writer.drain()
        if self.pause:
            await asyncio.sleep(self.pause)


def one(body: bytes, headers: bytes = b"") -> bytes:
    return OK + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def bomb(body: bytes, encoding: bytes) -> bytes:
    return one(body, b"Content-Encoding: " + encoding + b"\r\n")


EVERYTHING = (
    b"ref: refs/heads/main\nAPP_KEY=1\nDB_PASSWORD=2\n-- MariaDB dump 10\n-----BEGIN RSA PRIVATE KEY-----\n"
    b'{"kind":"PodList","rabbitmq_version":"1","clusterInfo":{},"versionInfo":{},"cluster":{}}\n'
    b"Apache Server Status for x <title>Index of /</title><a href=x>pma_password phpMyAdmin server_databases.php\n"
)
ATTACKS = {
    "silence": lambda: Attack(b""),
    "hang-up": lambda: Attack(b"", close=True),
    "no-http": lambda: Attack(HOSTILE + b"\r\n" * 10),
    "flood": lambda: Attack(endless=HOSTILE * 1000),
    "10-MB-page": lambda: Attack(OK + b"\r\n", *[HOSTILE * 1000] * 200, close=True),
    "header-flood": lambda: Attack(OK, endless=b"X-Hostile: " + b"A" * 1000 + b"\r\n"),
    "header-without-end": lambda: Attack(OK + b"Server: ", endless=b"A" * 4000),
    "interim-for-ever": lambda: Attack(endless=b"HTTP/1.1 102 Processing\r\n\r\n"),
    "drip": lambda: Attack(OK + b"\r\n", endless=b"A", pause=0.02),
    "head-drip": lambda: Attack(OK + b"X: ", endless=b"A", pause=0.02),
    "chunk-lies": lambda: Attack(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n", endless=b"A" * 4000),
    "chunks-of-nothing": lambda: Attack(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", endless=b"1;" + b"e" * 200 + b"\r\nA\r\n"
    ),
    "no-chunk": lambda: Attack(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nzz\r\n"),
    "two-lengths": lambda: Attack(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nAAAAAA"),
    "length-lies": lambda: Attack(OK + b"Content-Length: 999999999999\r\n\r\nA", close=True),
    "negative-length": lambda: Attack(OK + b"Content-Length: -1\r\n\r\nA"),
    "gzip-bomb": lambda: Attack(bomb(gzip.compress(bytes(50_000_000), 9)[:60_000], b"gzip")),
    "broken-gzip": lambda: Attack(bomb(b"\x1f\x8b\x08" + HOSTILE, b"gzip")),
    "unknown-encoding": lambda: Attack(bomb(HOSTILE, b"br, zstd, x")),
    "nested-json": lambda: Attack(one(b"[" * 60_000)),
    "more-than-asked": lambda: Attack(one(b"<title>a</title>") + one(b"{}") * 3),
    "hostile-headers": lambda: Attack(
        one(b"<title>" + HOSTILE + b"</title>", b"Server: \x9b6n<script>\xff\r\nLocation: \xff//evil\r\n")
    ),
    "redirect-for-ever": lambda: Attack(
        b"HTTP/1.1 302 Found\r\nLocation: /x?" + b"a" * 3000 + b"\r\nContent-Length: 0\r\n\r\n"
    ),
    "redirect-to-a-request": lambda: Attack(
        b"HTTP/1.1 302 Found\r\nLocation: /%0d%0a\x0bDELETE\t/x\r\nContent-Length: 0\r\n\r\n"
    ),
    "everything-everywhere": lambda: Attack(one(EVERYTHING).replace(b"text/html", b"text/plain")),
    "switching": lambda: Attack(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
}


def words(value: object) -> Iterator[str]:
    """Every text in a fact."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from words(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from words(getattr(value, field.name))


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_server_is_looked_at_within_bounds(name, monkeypatch):
    """Most of these would go on for ever: that there is a result is the end in time.

    What it says is harmless, proves no open application and no file, and is either a site or a reason.
    """
    read = []
    receive = Conversation.receive

    def counted(talk: Conversation, most: int) -> bytes:
        piece = receive(talk, most)
        read.append(len(piece))
        return piece

    monkeypatch.setattr(Conversation, "receive", counted)
    with web_lab.answering(ATTACKS[name]()) as port:
        sites, applications = web_lab.look(port, seconds=0.6)
    assert sites.sites or sites.not_looked_at[0][1].startswith("asked for its first page, it ")
    assert Login.NOT_NEEDED not in {one.login for one in applications}
    assert not [file for one_site in sites.sites for file in one_site.exposed]
    assert all(visible(line) == line for text in words((sites, applications)) for line in text.split("\n"))
    assert sum(read) < READ_LIMIT


def test_a_server_that_resets_every_connection_is_not_looked_at():
    """The reason is a sentence for the customer, and no other address is tried."""

    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    log = web_lab.Logged()
    with web_lab.answering(reset) as port:
        sites, _ = web_lab.look(port, log=log)
    assert sites.sites == ()
    ((number, reason),) = sites.not_looked_at
    assert number == port
    assert reason.startswith("asked for its first page, it ")
    assert {action.target for action in log.actions} == {f"127.0.0.1 port {port}/tcp"}


def test_a_port_that_is_shut_by_now_keeps_its_reason():
    """It was open when it was swept."""
    port = web_lab.free_port()
    sites, _ = web_lab.look(port)
    ((number, reason),) = sites.not_looked_at
    assert number == port
    assert "could not be connected to" in reason


def test_a_server_that_dies_in_the_middle_is_looked_at_in_part():
    """What was seen stays, with how much had no answer: a check cannot take it for clean."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                count += 1
                if count > 10:
                    break
                writer.write(one(b"<title>Bakery</title>") if count == 1 else one(b"").replace(b"200", b"404"))
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    with web_lab.answering(serve) as port:
        site = web_lab.site(port)
    assert site.title == "Bakery"
    assert "requests had no answer" in site.reason
    assert len(site.paths_asked) < 15


def test_a_server_that_takes_one_connection_at_a_time_is_looked_at_whole(monkeypatch):
    """The second connection waits for the first: its questions are asked over that one."""
    monkeypatch.setattr(client, "TRIAL_SECONDS", 0.3)
    busy = asyncio.Lock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with busy:
            try:
                while True:
                    await reader.readuntil(b"\r\n\r\n")
                    writer.write(one(b"").replace(b"200", b"404"))
                    await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

    with web_lab.answering(serve) as port:
        site = web_lab.site(port)
    assert site.reason == ""
    assert len(site.paths_asked) > 20


@settings(max_examples=40, deadline=None)
@given(
    head=st.sampled_from([b"", OK, b"HTTP/1.1 ", b"HTTP/1.0 200 \r\n", b"HTTP/1.1 401 x\r\nWWW-Authenticate: Basic"]),
    rest=st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"\r\n", b"\r\n\r\n", b"Content-Length: 3\r\n"]))),
)
def test_no_bytes_break_a_look(head, rest):
    """Whatever is answered, there is a site or a reason."""
    with web_lab.answering(Attack(head + b"".join(rest), close=True)) as port:
        sites, _ = web_lab.look(port, seconds=0.3)
    assert len(sites.sites) + len(sites.not_looked_at) == 1
