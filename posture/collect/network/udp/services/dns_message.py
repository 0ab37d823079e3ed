"""DNS messages (RFC 1035, RFC 6891) as far as one question and the kinds of its answers go."""

from __future__ import annotations

import struct
from dataclasses import dataclass

NS, PTR = 2, 12
_IN = 1
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_MOST_RECORDS = 64  # read of an answer


@dataclass(frozen=True, slots=True)
class Message:
    """A response: its flags, and the types of the records in its answer and authority sections."""

    code: int
    authoritative: bool
    truncated: bool
    recursion_available: bool
    answers: tuple[int, ...]
    authority: tuple[int, ...]


def query(number: int, name: str, kind: int, *, recursion: bool, large: bool = False) -> bytes:
    """A question; `large` says that we take 4,096 bytes and signatures, as resolvers do (RFC 6891, RFC 3225)."""
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split(".") if label)
    options = b"\0" + struct.pack(">HHIH", 41, 4096, 0x8000, 0) if large else b""
    header = _HEADER.pack(number, 0x0100 if recursion else 0, 1, 0, 0, 1 if large else 0)
    return header + labels + b"\0" + struct.pack(">HH", kind, _IN) + options


def response(raw: bytes, number: int) -> Message | None:
    """The response to the question of this number; None when it is none, or malformed."""
    try:
        return _response(raw, number)
    except (struct.error, IndexError):
        return None


def _response(raw: bytes, number: int) -> Message | None:
    found, flags, questions, answers, authority, _ = _HEADER.unpack_from(raw)
    if found != number or not flags & 0x8000 or flags & 0x7800 or questions > 1:  # QR; opcode QUERY
        return None
    at = _HEADER.size
    for _ in range(questions):
        at = _after_name(raw, at) + 4
    if at > len(raw):
        return None
    cut = bool(flags & 0x0200)
    kinds, at = _kinds(raw, at, answers, cut)
    more, at = _kinds(raw, at, authority, cut)
    return Message(flags & 0xF, bool(flags & 0x0400), cut, bool(flags & 0x0080), kinds, more)


def _kinds(raw: bytes, at: int, count: int, cut: bool) -> tuple[tuple[int, ...], int]:
    """The types of the next records. A truncated message may end before their number is reached."""
    kinds: list[int] = []
    for _ in range(min(count, _MOST_RECORDS)):
        if cut and at >= len(raw):
            break
        at = _after_name(raw, at)
        kind, _, _, length = _RECORD.unpack_from(raw, at)
        at += _RECORD.size + length
        if at > len(raw):
            raise IndexError
        kinds.append(kind)
    return tuple(kinds), at


def _after_name(raw: bytes, at: int) -> int:
    """Where a name ends; a pointer ends it and is not followed."""
    while raw[at]:
        if raw[at] & 0xC0:
            return at + 2
        at += 1 + raw[at]
    return at + 1
