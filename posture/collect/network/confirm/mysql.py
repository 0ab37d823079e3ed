"""MySQL and MariaDB: the server speaks first, and what it says is read (MySQL manual, Connection Phase)."""

from __future__ import annotations

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_HANDSHAKE_V10, _ERROR = 0x0A, 0xFF
_TURNED_AWAY = {
    1129: "it has blocked our address after too many failed connections",
    1130: "it does not let our address in",
}


def confirm(approach: Approach) -> Confirmed:
    """Read the greeting; nothing is sent and no account tried."""
    with approach.open() as talk:
        greeting = talk.ask(b"", _complete)
        transcript = tuple(talk.transcript)
        if not greets(greeting):
            return unclear(talk, "once connected", "MySQL")
        if greeting[4] == _HANDSHAKE_V10:
            return Confirmed(Login.REQUIRED, "it asks for a login; no account was tried", transcript)
        code = int.from_bytes(greeting[5:7], "little")
        if code in _TURNED_AWAY:
            return Confirmed(Login.REFUSED, _TURNED_AWAY[code], transcript)
        return Confirmed(Login.UNKNOWN, f"it greeted with error {code}", transcript)


def _complete(said: bytes) -> bool:
    """Whether the first packet is there: length in three bytes, sequence number, content."""
    return len(said) > 4 and len(said) >= 4 + int.from_bytes(said[:3], "little")


def greets(greeting: bytes) -> bool:
    """Whether this is a handshake or an error packet, the first of a connection."""
    return _complete(greeting) and greeting[3] == 0 and greeting[4] in {_HANDSHAKE_V10, _ERROR}


PROTOCOL = Protocol("mysql", (3306,), "nothing: its greeting is read", confirm, aliases=("mariadb",), greets=greets)
