"""SSH's first messages, byte by byte (RFC 4253): identification, packets without encryption, KEXINIT, the key exchange.

All lengths come from a stranger: what does not fit raises :class:`Malformed`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KEXINIT, KEX_INIT, KEX_REPLY = 20, 30, 31
_IGNORED = frozenset({2, 3, 4})  # IGNORE, UNIMPLEMENTED, DEBUG (RFC 4253, 11) may come at any time
_DISCONNECT = 1
_LONGEST_PACKET = 35_000  # RFC 4253, 6.1
_MOST_LINES = 50  # before the identification (RFC 4253, 4.2)
_LONGEST_LINE = 1_024
_IDENTIFICATION = re.compile(rb"(?m)^(SSH-[^\r\n]{0,253})\r?\n")
_MOST_NAMES = 200


class Malformed(ValueError):
    """The bytes are no SSH; the message follows "it"."""


class Disconnected(ValueError):
    """The server said goodbye; the message follows "it"."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The name lists of a KEXINIT (RFC 4253, 7.1); ciphers and MACs as (client to server, server to client)."""

    key_exchange: tuple[str, ...]
    host_key: tuple[str, ...]
    ciphers: tuple[tuple[str, ...], tuple[str, ...]]
    macs: tuple[tuple[str, ...], tuple[str, ...]]
    compressions: tuple[tuple[str, ...], tuple[str, ...]]


def identification_in(raw: bytes) -> tuple[bytes, bytes] | None:
    """The identification line and what follows it; None while it is not there.

    Raises:
        Malformed: too much came before it.
    """
    found = _IDENTIFICATION.search(raw)
    if found:
        return found[1], raw[found.end() :]
    if raw.count(b"\n") > _MOST_LINES or len(raw) - 1 - raw.rfind(b"\n") > _LONGEST_LINE:
        raise Malformed("sent too much before its identification")
    return None


def payloads(raw: bytes) -> Iterator[bytes]:
    """The payloads of the complete packets, without those that mean nothing.

    Raises:
        Malformed: a length cannot be.
        Disconnected: the server said goodbye.
    """
    while len(raw) >= 5:
        size, padding = int.from_bytes(raw[:4], "big"), raw[4]
        if not 4 < size <= _LONGEST_PACKET or padding > size - 2:
            raise Malformed("sent a packet of a length that cannot be")
        if len(raw) < 4 + size:
            return
        payload, raw = raw[5 : 4 + size - padding], raw[4 + size :]
        if payload[0] == _DISCONNECT:
            raise Disconnected("ended the connection")
        if payload[0] not in _IGNORED:
            yield payload


def payload_of(kind: int, raw: bytes) -> bytes | None:
    """The first payload of this message number; None while it is not there."""
    return next((payload for payload in payloads(raw) if payload[0] == kind), None)


def lists_in(payload: bytes) -> Lists:
    """The lists of a KEXINIT.

    Raises:
        Malformed: they are not there.
    """
    rest, found = payload[17:], []
    for _ in range(8):
        text, rest = string_in(rest)
        names = text.decode("ascii", "replace").split(",")
        if len(names) > _MOST_NAMES:
            raise Malformed("offers more algorithms than there are")
        found.append(tuple(name for name in names if name))
    return Lists(found[0], found[1], (found[2], found[3]), (found[4], found[5]), (found[6], found[7]))


def string_in(raw: bytes) -> tuple[bytes, bytes]:
    """A string and what follows it (RFC 4251, 5).

    Raises:
        Malformed: it is longer than what is there.
    """
    size = int.from_bytes(raw[:4], "big")
    if len(raw) < 4 or len(raw) < 4 + size:
        raise Malformed("sent a string whose length does not fit")
    return raw[4 : 4 + size], raw[4 + size :]


def string(content: bytes) -> bytes:
    """A string as RFC 4251, 5 writes it."""
    return len(content).to_bytes(4, "big") + content


def packet(payload: bytes) -> bytes:
    """A packet without encryption: padded to eight bytes, with four of padding at least (RFC 4253, 6)."""
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + os.urandom(padding)


def kexinit(key_exchange: str, host_key: str, theirs: Lists) -> bytes:
    """Our KEXINIT payload: one key exchange, one kind of host key, and all else as the server has it."""
    lists: Sequence[Sequence[str]] = (
        (key_exchange,), (host_key,), *theirs.ciphers, *theirs.macs, *theirs.compressions, (), (),
    )  # fmt: skip
    names = b"".join(string(",".join(each).encode("ascii", "replace")) for each in lists)
    return bytes([KEXINIT]) + os.urandom(16) + names + bytes(5)  # no guess follows; reserved
