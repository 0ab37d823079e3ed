"""Reading an answer field by field."""

from __future__ import annotations

import struct
from dataclasses import dataclass


class Malformed(ValueError):
    """What was said ends before its fields do, or contradicts itself."""


@dataclass(slots=True)
class Cursor:
    """A place in bytes that were received. Every reader moves it on, or raises Malformed and reads nothing beyond."""

    data: bytes
    at: int = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self.data) - self.at

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if not 0 <= length <= self.left:
            raise Malformed(f"{length} bytes announced, {self.left} there")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, form: str) -> int:
        """The next integer, in the notation of :mod:`struct` (``>i``)."""
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def sized(self, form: str) -> bytes:
        """Bytes with their length before them, of the given form."""
        return self.take(self.number(form))

    def until(self, end: bytes) -> bytes:
        """Bytes up to `end`, which is read too."""
        found = self.data.find(end, self.at)
        if found < 0:
            raise Malformed(f"no {end!r} at the end of a string")
        value = self.take(found - self.at)
        self.take(len(end))
        return value

    def varint(self) -> int:
        """An unsigned number in groups of seven bits, the lowest first, at most ten bytes (LEB128)."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
        raise Malformed("a number of more than ten bytes")
