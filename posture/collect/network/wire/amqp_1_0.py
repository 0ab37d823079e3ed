"""Frames of AMQP 1.0 as far as the opening of a connection needs them (OASIS AMQP 1.0, parts 1, 2 and 5)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from posture.collect.network.wire.cursor import Cursor, Malformed

SASL_HEADER, PLAIN_HEADER = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
MECHANISMS, INIT, OUTCOME, OPEN, CLOSE = 0x40, 0x41, 0x44, 0x10, 0x18
_AMQP, _SASL = 0, 1  # frame types
_SMALL_ULONG, _ULONG, _LIST0, _LIST8, _LIST32 = 0x53, 0x80, 0x45, 0xC0, 0xD0
_SYMBOL, _NULL, _UBYTE, _STRING = 0xA3, 0x40, 0x50, 0xA1
_CONDITION = re.compile(rb"[a-z]+:[a-z][a-z-]+")  # amqp:unauthorized-access
_MOST_FRAMES = 20


@dataclass(frozen=True, slots=True)
class Performative:
    """What a frame says: its descriptor's code, and the encoded fields of its list."""

    code: int
    fields: bytes

    @property
    def first_octet(self) -> int | None:
        """The first field where it is an octet (SASL's outcome)."""
        return self.fields[1] if len(self.fields) >= 2 and self.fields[0] == _UBYTE else None

    @property
    def condition(self) -> str:
        """The name of the error that a connection was closed with; empty where it was closed without one."""
        if not self.fields or self.fields[0] == _NULL:
            return ""
        found = _CONDITION.search(self.fields)
        return found[0].decode() if found else "an error without a name"

    def offers(self, mechanism: bytes) -> bool:
        """Whether a list of SASL mechanisms has this one."""
        return mechanism in re.split(rb"[^A-Z0-9_-]+", self.fields)


def sasl_init(mechanism: bytes) -> bytes:
    """Choose a mechanism, with no response."""
    return _frame(_SASL, INIT, _variable(_SYMBOL, mechanism), 1)


def opened(container: bytes) -> bytes:
    """Open a connection as this container."""
    return _frame(_AMQP, OPEN, _variable(_STRING, container), 1)


def closed() -> bytes:
    """Close it."""
    return _frame(_AMQP, CLOSE, b"", 0)


def _variable(constructor: int, value: bytes) -> bytes:
    return bytes((constructor, len(value))) + value


def _frame(kind: int, code: int, fields: bytes, count: int) -> bytes:
    listed = bytes((_LIST8, len(fields) + 1, count)) + fields if count else bytes((_LIST0,))
    body = bytes((0, _SMALL_ULONG, code)) + listed
    return struct.pack(">IBBH", 8 + len(body), 2, kind, 0) + body


def performatives(said: bytes) -> tuple[Performative, ...]:
    """The performatives of all whole frames; protocol headers between them are passed over."""
    body = Cursor(said)
    found: list[Performative] = []
    try:
        while body.left and len(found) < _MOST_FRAMES:
            if body.data.startswith(b"AMQP", body.at):
                body.take(len(PLAIN_HEADER))
                continue
            size, offset, _kind, _channel = struct.unpack(">IBBH", body.take(8))
            frame = body.take(size - 8)
            if frame:  # an empty one keeps the connection alive
                found.append(_performative(Cursor(frame, max(0, offset * 4 - 8))))
    except Malformed:
        pass
    return tuple(found)


def _performative(frame: Cursor) -> Performative:
    if frame.number("B") != 0:
        raise Malformed("no described type")
    form = frame.number("B")
    if form not in {_SMALL_ULONG, _ULONG}:
        raise Malformed("a descriptor that is no number")
    code = frame.number("B" if form == _SMALL_ULONG else ">Q")
    shape = frame.number("B")
    if shape == _LIST0:
        return Performative(code, b"")
    width = {_LIST8: ("B", 1), _LIST32: (">I", 4)}.get(shape)
    if width is None:
        raise Malformed("no list of fields")
    fields = frame.take(frame.number(width[0]))
    return Performative(code, fields[width[1] :])
