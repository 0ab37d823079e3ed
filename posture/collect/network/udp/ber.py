"""BER (X.690) as far as SNMP and LDAP messages need it: definite lengths, one-byte tags."""

from __future__ import annotations

from collections.abc import Iterator

INTEGER, OCTETS, NULL, OBJECT, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30


class Malformed(ValueError):
    """The bytes are no such message."""


def encoded(tag: int, *contents: bytes) -> bytes:
    """One element of at most 127 bytes of content."""
    content = b"".join(contents)
    return bytes((tag, len(content))) + content


def number(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return encoded(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def element(raw: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which must have this tag, and what follows it.

    Raises:
        Malformed: another tag, or a length beyond the end.
    """
    found, content, rest = _split(raw)
    if found != tag:
        raise Malformed(f"tag {found:#x} instead of {tag:#x}")
    return content, rest


def integer(raw: bytes) -> tuple[int, bytes]:
    """The first element, an INTEGER, and what follows it.

    Raises:
        Malformed: no INTEGER of at most eight bytes.
    """
    content, rest = element(raw, INTEGER)
    if not 1 <= len(content) <= 8:
        raise Malformed("an INTEGER of that length")
    return int.from_bytes(content, "big", signed=True), rest


def elements(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Every element, one after the other, not looking into any.

    Raises:
        Malformed: a length beyond the end.
    """
    while raw:
        tag, content, raw = _split(raw)
        yield tag, content


def _split(raw: bytes) -> tuple[int, bytes, bytes]:
    if len(raw) < 2:
        raise Malformed("cut short")
    tag, length, start = raw[0], raw[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise Malformed("a length of that form")
        start += count
        length = int.from_bytes(raw[2:start], "big")
    if len(raw) < start + length:
        raise Malformed("a length beyond the end")
    return tag, raw[start : start + length], raw[start + length :]
