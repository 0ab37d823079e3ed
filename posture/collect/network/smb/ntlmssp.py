"""NTLM's two messages of an anonymous client (MS-NLMP, 2.2.1 and 3.2.5.1.2): no name, no password."""

from __future__ import annotations

import struct

_SIGNATURE = b"NTLMSSP\0"
_FLAGS = 0x0000_0001 | 0x0000_0004 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x2000_0000 | 0x8000_0000
_ANONYMOUS = 0x0000_0800
_FIXED = 64  # bytes of an AUTHENTICATE_MESSAGE before its payload

NEGOTIATE = _SIGNATURE + struct.pack("<II", 1, _FLAGS) + bytes(16)


def _field(length: int) -> bytes:
    """A field of the payload, which holds one byte only."""
    return struct.pack("<HHI", length, length, _FIXED)


# The empty LM response is one zero byte, all else is empty.
AUTHENTICATE = (
    _SIGNATURE + struct.pack("<I", 3) + _field(1) + 5 * _field(0) + struct.pack("<I", _FLAGS | _ANONYMOUS) + b"\0"
)


def challenged(blob: bytes) -> bool:
    """Whether this is a CHALLENGE_MESSAGE, alone or wrapped in SPNEGO."""
    at = blob.find(_SIGNATURE)
    return at >= 0 and blob[at + 8 : at + 12] == b"\2\0\0\0"
