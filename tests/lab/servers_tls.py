"""TLS servers that no current library can be made to be: SSL 2.0 and 3.0, EXPORT, RC4, DES, and some that mean harm.

Each answers a ClientHello with ServerHello, Certificate and ServerHelloDone, and goes no further (RFC 5246, 7.3; SSL
2.0 as in draft-hickman-netscape-ssl-00). Its certificate is put together here; its modulus is a number and no key.
Runs as a program: python -I servers_tls.py NAME PORT [ADDRESS]
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

SSL3, TLS10, TLS11, TLS12 = 0x0300, 0x0301, 0x0302, 0x0303
AES = (0x002F, 0x0035, 0x003C, 0x009C)


def der(tag: int, *parts: bytes) -> bytes:
    """A value with its tag and length (X.690, 8.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


OID_CN, OID_SAN = bytes.fromhex("0603550403"), bytes.fromhex("0603551d11")
RSA, SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01010b")


def certificate(
    bits: int = 2048, *, names: int = 1, serial: int = 77, after: bytes = b"350101000000Z", name: bytes = b"old.example"
) -> bytes:
    """A self-signed certificate whose signature nobody could have made (RFC 5280, 4.1)."""
    modulus = int.from_bytes(os.urandom(bits // 8), "big") | 1 << (bits - 1) | 1
    key = der(0x30, integer(modulus), integer(65537))
    info = der(0x30, der(0x30, RSA, b"\x05\x00"), der(3, b"\0", key))
    subject = der(0x30, der(0x31, der(0x30, OID_CN, der(12, name))))
    every = b"".join(der(0x82, b"n%d." % number + name) for number in range(names - 1)) + der(0x82, name)
    san = der(0xA3, der(0x30, der(0x30, OID_SAN, der(4, der(0x30, every)))))
    algorithm = der(0x30, SHA256_WITH_RSA, b"\x05\x00")
    dates = der(0x30, der(0x17, b"250101000000Z"), der(0x17, after))
    body = der(0x30, der(0xA0, integer(2)), integer(serial), algorithm, subject, dates, subject, info, san)
    return der(0x30, body, algorithm, der(3, b"\0", os.urandom(bits // 8)))


@dataclass(frozen=True)
class Profile:
    """What a server agrees to. `hangs_up` is how it refuses (as Windows does) instead of an alert."""

    suites: dict[int, tuple[int, ...]]  # by version, in its order of preference
    certificate: Callable[[], bytes] = certificate
    ssl2: bool = False
    hangs_up: bool = False
    made: list[bytes] = field(default_factory=list)

    def shown(self) -> bytes:
        if not self.made:
            self.made.append(self.certificate())
        return self.made[0]


def older(*suites: int) -> dict[int, tuple[int, ...]]:
    return dict.fromkeys((TLS10, TLS11, TLS12), (*suites, *AES))


PROFILES = {
    "sslv2": Profile({SSL3: AES, TLS10: AES}, ssl2=True),
    "sslv3": Profile({SSL3: (0x000A, 0x0005)}),
    "export": Profile(older(0x0003, 0x0008, 0x0014)),
    "rc4": Profile({TLS12: AES, TLS10: (0x0005, 0x0004)}),
    "des": Profile(older(0x0009)),
    "3des": Profile(older(0x000A)),
    "hangs-up": Profile({TLS12: AES}, hangs_up=True),
    "rsa-16000": Profile({TLS12: AES}, lambda: certificate(16_000)),
    "many-names": Profile({TLS12: AES}, lambda: certificate(names=50_000)),
    "some-names": Profile({TLS12: AES}, lambda: certificate(names=3_000)),
    "negative-serial": Profile({TLS12: AES}, lambda: certificate(serial=-5)),
    "bad-dates": Profile({TLS12: AES}, lambda: certificate(after=b"351399009900Z")),
    "escapes": Profile({TLS12: AES}, lambda: certificate(name=b"\x1b[2J\xe2\x80\xae<b>x.example")),
    "no-certificate": Profile({TLS12: AES}, lambda: b"\x30\x82\xff\xff" + b"A" * 600),
}


def record(kind: int, content: bytes, version: int = TLS10) -> bytes:
    parts = [content[at : at + 16_384] for at in range(0, len(content), 16_384)]
    return b"".join(struct.pack(">BHH", kind, version, len(part)) + part for part in parts)


def message(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


async def tls(profile: Profile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readexactly(5)
    if head[0] & 0x80:
        return await answer_ssl2(profile, head, reader, writer)
    hello = await reader.readexactly(int.from_bytes(head[3:5], "big"))
    words = answer(profile, hello)
    if not words:
        return None
    writer.write(words)
    await writer.drain()
    await reader.read(65_536)
    return None


def answer(profile: Profile, hello: bytes) -> bytes:
    asked = int.from_bytes(hello[4:6], "big")
    at = 39 + hello[38]
    count = int.from_bytes(hello[at : at + 2], "big") // 2
    offered = struct.unpack(f">{count}H", hello[at + 2 : at + 2 + 2 * count])
    version = max((version for version in profile.suites if version <= asked), default=0)
    suite = next((suite for suite in profile.suites.get(version, ()) if suite in offered), 0)
    if not suite:
        return b"" if profile.hangs_up else record(21, bytes([2, 40 if version else 70]))
    first = message(2, struct.pack(">H", version) + os.urandom(32) + b"\0" + struct.pack(">HB", suite, 0))
    shown = profile.shown()
    chain = len(shown).to_bytes(3, "big") + shown
    return record(22, first + message(11, len(chain).to_bytes(3, "big") + chain) + message(14, b""), version)


async def answer_ssl2(
    profile: Profile, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.readexactly((int.from_bytes(head[:2], "big") & 0x7FFF) - 3)
    if profile.ssl2:
        shown, ciphers = profile.shown(), bytes.fromhex("010080 0700c0")
        body = struct.pack(">BBBHHHH", 4, 0, 1, 2, len(shown), len(ciphers), 16) + shown + ciphers + os.urandom(16)
        writer.write(struct.pack(">H", 0x8000 | len(body)) + body)
        await writer.drain()
        await reader.read(65_536)
    elif not profile.hangs_up:
        writer.write(record(21, b"\x02\x46"))


async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte of an endless record after the other."""
    for byte in b"\x16\x03\x03\x40\x00" + bytes(16_384):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.2)


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hangs up at once, without reading."""
    writer.transport.abort()


async def lying_length(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A ServerHello that says it is of 16 MB, in a record that says it is of 64 kB."""
    await reader.read(16)
    writer.write(b"\x16\x03\x03\xff\xff\x02\xff\xff\xff" + b"A" * 200_000)
    await writer.drain()


async def endless_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Records as they should be, of a ServerHello that never ends."""
    await reader.read(16)
    part = b"\x02\xff\xff\xff" + bytes(16_000)
    while True:
        writer.write(record(22, part))
        await writer.drain()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass


async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers in clear, as a web server does that was asked for TLS."""
    await reader.read(16)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HOSTILE: dict[str, Conversation] = {
    "drip": drip, "reset": reset, "lying-length": lying_length, "endless-message": endless_message,
    "silence": silence, "chatter": chatter,
}  # fmt: skip


def conversation(name: str) -> Conversation:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await (tls(PROFILES[name], reader, writer) if name in PROFILES else HOSTILE[name](reader, writer))
        except (OSError, EOFError):
            pass  # the other side hung up
        finally:
            writer.close()

    return served


async def main(name: str, port: int, address: str = "127.0.0.1") -> None:
    server = await asyncio.start_server(conversation(name), address, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4]))
