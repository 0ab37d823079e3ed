"""Microsoft SQL Server: its answer to PRELOGIN, which comes before any login (MS-TDS, sections 2.2.3.1 and 2.2.6.5)."""

from __future__ import annotations

import struct

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login

_HEADER = struct.Struct(">BBHHBB")  # type, status, length, process, packet, window
_PRELOGIN, _ANSWER, _LAST = 0x12, 0x04, 0x01
_VERSION, _ENCRYPTION, _END = 0, 1, 0xFF
_OPTION = struct.Struct(">BHH")  # token, offset, length
_ENCRYPT_OFF = 0  # encryption is there, for the login only
_OPTIONS_END = 2 * _OPTION.size + 1
PRELOGIN = _HEADER.pack(_PRELOGIN, _LAST, _HEADER.size + _OPTIONS_END + 7, 0, 1, 0) + (
    _OPTION.pack(_VERSION, _OPTIONS_END, 6)
    + _OPTION.pack(_ENCRYPTION, _OPTIONS_END + 6, 1)
    + bytes((_END,))
    + struct.pack(">BBHH", 11, 0, 0, 0)
    + bytes((_ENCRYPT_OFF,))
)
_MOST_OPTIONS = 20


def confirm(approach: Approach) -> Confirmed:
    """Ask for its version; no login is begun."""
    with approach.open() as talk:
        answer = talk.ask(PRELOGIN, _complete, "PRELOGIN")
        version = _version(answer)
        if not version:
            return unclear(talk, "asked with PRELOGIN", "SQL Server")
        reason = "it asks for a login; no account was tried"
        product = "Microsoft SQL Server"
        return Confirmed(Login.REQUIRED, reason, tuple(talk.transcript), product=product, version=version)


def _complete(said: bytes) -> bool:
    """Whether the packet is there, or what came is none."""
    if said and said[0] != _ANSWER:
        return True
    return len(said) >= _HEADER.size and len(said) >= _HEADER.unpack_from(said)[2]


def _version(said: bytes) -> str:
    """``15.0.2000``; empty where this is no answer to PRELOGIN."""
    packet = Cursor(said)
    try:
        kind, status, length, _, _, _ = _HEADER.unpack(packet.take(_HEADER.size))
        if kind != _ANSWER or status != _LAST or length != len(said):
            return ""
        body = Cursor(packet.take(length - _HEADER.size))
        token, offset, size = _OPTION.unpack(body.take(_OPTION.size))  # VERSION must be the first
        if token != _VERSION or size != 6 or not _ends(body):
            return ""
        body.at = offset
        major, minor, build, _ = struct.unpack(">BBHH", body.take(size))
    except Malformed:
        return ""
    return f"{major}.{minor}.{build}"


def _ends(body: Cursor) -> bool:
    """Whether the list of options ends as it must."""
    for _ in range(_MOST_OPTIONS):
        if body.number("B") == _END:
            return True
        body.take(_OPTION.size - 1)
    return False


PROTOCOL = Protocol("ms-sql-s", (1433,), "PRELOGIN", confirm)
