"""Frames of SMB over TCP (MS-SMB2, 2.1), and the session request that comes first on port 139 (RFC 1002, 4.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from posture.collect.network.conversation import Conversation

NETBIOS_PORT = 139
_SESSION_REQUEST, _POSITIVE = 0x81, 0x82


def framed(message: bytes) -> bytes:
    """The message behind its length."""
    return struct.pack(">I", len(message)) + message


def frames(said: bytes) -> Iterator[bytes]:
    """The messages that are complete."""
    at = 0
    while at + 4 <= len(said) and said[at] == 0:
        length = int.from_bytes(said[at + 1 : at + 4], "big")
        if at + 4 + length > len(said):
            return
        yield said[at + 4 : at + 4 + length]
        at += 4 + length


def is_framed(said: bytes) -> bool:
    """Whether this can be the beginning of a message of SMB 1 or 2."""
    return said[:1] in {b"", b"\0"} and (b"\xfeSMB".startswith(said[4:8]) or b"\xffSMB".startswith(said[4:8]))


def netbios_opened(talk: Conversation) -> bool:
    """Ask for a session with whatever server listens on port 139 (``*SMBSERVER``)."""
    names = _encoded(b"*SMBSERVER") + _encoded(b"POSTURE-AUDIT")
    request = struct.pack(">BBH", _SESSION_REQUEST, 0, len(names)) + names
    answer = talk.ask(request, lambda said: len(said) >= 4, "NetBIOS session request to *SMBSERVER")
    return answer[:1] == bytes([_POSITIVE])


def _encoded(name: bytes) -> bytes:
    """First-level encoding: sixteen characters, two letters each (RFC 1001, 14.1)."""
    letters = bytes(65 + half for byte in name.ljust(16) for half in (byte >> 4, byte & 15))
    return b"\x20" + letters + b"\0"
