"""Servers that attack whoever scans them, each on the port where a scanner expects something it knows.

Runs as a program inside the host `hostile`; the only argument is the address to redirect to.
"""

from __future__ import annotations

import asyncio
import sys
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


SERVERS: dict[int, Conversation] = {21: banner, 22: tarpit, 80: redirect, 3306: silence, 6379: flood}


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
    for port, conversation in SERVERS.items():
        await asyncio.start_server(_until_hangup(conversation), "0.0.0.0", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
