"""Reading what tokens carry in themselves: base64, JSON, macaroons, the numbers of accounts."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_AWS_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def base64_bytes(text: bytes) -> bytes | None:
    """Base64 of either alphabet, padded or not; None of what is none."""
    plain = text.translate(_URL_SAFE).rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def json_object(text: bytes | None) -> dict[str, Any] | None:
    """A JSON object, or None: no JSON, another value, or nested deeper than the parser goes."""
    if text is None:
        return None
    try:
        parsed = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def number(value: Any) -> int | None:
    """A time of a JSON claim in whole seconds; None of what is no sensible one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e11:
        return int(value)
    return None


def aws_account(key_id: bytes) -> str:
    """The account that a key id belongs to: bits 1 to 40 after its prefix of four; empty of ids made before 2019.

    Source: hackingthe.cloud, iam-key-identifiers. Bit 0 is set in ids that carry the account.
    """
    if key_id[4:5] in b"ABCDEFGHIJKLMNOP":
        return ""
    bits = 0
    for byte in key_id[4:13]:
        bits = bits << 5 | _AWS_BASE32.index(byte)
    # 45 bits are read; the first is no part of the account's 40, the last four are not either
    return f"{bits >> 4 & (1 << 40) - 1:012d}"


def macaroon(token: bytes) -> tuple[str, list[bytes]] | None:
    """Location and caveats of a macaroon in its binary form, version 2 (libmacaroons); None of what is none.

    A field is a type, a length (both LEB128) and so many bytes; type 0 ends a section. Location is 1, identifier 2,
    signature 6.
    """
    data = base64_bytes(token)
    if not data or data[0] != 2:
        return None
    location, caveats, identifier, signature = "", [], False, b""
    for kind, value in _fields(data[1:]):
        if kind == 1 and not identifier:
            location = value.decode("ascii", "replace")
        elif kind == 2 and not identifier:
            identifier = True
        elif kind == 2:
            caveats.append(value)
        elif kind == 6:
            signature = value
    return (location, caveats) if len(signature) == 32 else None


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, at = _leb128(data, at)
        if kind == 0:
            continue
        length, at = _leb128(data, at)
        if at + length > len(data):
            return
        yield kind, data[at : at + length]
        at += length


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 35:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at
