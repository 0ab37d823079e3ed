"""BSON documents as far as a command's answer needs them: the top level, nested documents as they are.

Source: bsonspec.org, version 1.1.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from posture.collect.network.wire.cursor import Cursor, Malformed

Value = float | str | bool | bytes | None
Sent = int | bool | str | Mapping[str, "Sent"]
MOST_FIELDS = 10_000  # of one document

_FIXED = {0x06: 0, 0x07: 12, 0x0A: 0, 0x11: 8, 0x13: 16, 0x7F: 0, 0xFF: 0}
_STRINGS = frozenset({0x0D, 0x0E})
_DOUBLE, _STRING, _DOCUMENT, _ARRAY, _BINARY, _BOOLEAN, _DATE, _REGEX, _POINTER, _SCOPED, _INT32, _INT64 = (
    0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0B, 0x0C, 0x0F, 0x10, 0x12,
)  # fmt: skip


def decoded_document(data: bytes) -> dict[str, Value]:
    """The fields of a document: numbers, strings and booleans as such, documents and arrays as their bytes.

    Raises:
        Malformed: the bytes are no whole document, or it has more than :data:`MOST_FIELDS` fields.
    """
    body = Cursor(data)
    length = body.number("<i")
    if length < 5 or length > len(data) or data[length - 1] != 0:
        raise Malformed("no whole document")
    body.data = data[: length - 1]
    fields: dict[str, Value] = {}
    for _ in range(MOST_FIELDS):
        if not body.left:
            return fields
        kind = body.number("B")
        name = body.until(b"\0").decode("utf-8", "backslashreplace")
        fields[name] = _value(kind, body)
    raise Malformed("too many fields")


def _value(kind: int, body: Cursor) -> Value:
    if kind == _DOUBLE:
        return float(struct.unpack("<d", body.take(8))[0])
    if kind in {_INT32, _INT64, _DATE}:
        return body.number("<i" if kind == _INT32 else "<q")
    if kind == _BOOLEAN:
        return bool(body.number("B"))
    if kind == _STRING or kind in _STRINGS:
        return body.sized("<i").removesuffix(b"\0").decode("utf-8", "backslashreplace")
    if kind in {_DOCUMENT, _ARRAY, _SCOPED}:
        return _nested(body)
    _skip(kind, body)
    return None


def _nested(body: Cursor) -> bytes:
    length = body.number("<i")
    return struct.pack("<i", length) + body.take(length - 4)


def _skip(kind: int, body: Cursor) -> None:
    """Go past a value that no answer needs."""
    if kind == _BINARY:
        body.take(body.number("<i"))
        body.take(1)
    elif kind == _REGEX:
        body.until(b"\0")
        body.until(b"\0")
    elif kind == _POINTER:
        body.sized("<i")
        body.take(12)
    elif kind in _FIXED:
        body.take(_FIXED[kind])
    else:
        raise Malformed(f"type {kind:#x} is none of BSON's")


def encoded(fields: Mapping[str, Sent]) -> bytes:
    """A document of 32-bit numbers, booleans, strings and documents of these, in this order."""
    body = b"".join(_element(name.encode() + b"\0", value) for name, value in fields.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(name: bytes, value: Sent) -> bytes:
    if isinstance(value, bool):
        return bytes((_BOOLEAN,)) + name + bytes((value,))
    if isinstance(value, int):
        return bytes((_INT32,)) + name + struct.pack("<i", value)
    if not isinstance(value, str):
        return bytes((_DOCUMENT,)) + name + encoded(value)
    text = value.encode() + b"\0"
    return bytes((_STRING,)) + name + struct.pack("<i", len(text)) + text
