"""MySQL and MariaDB: the server speaks first, and what it says is read (MySQL manual, Connection Phase)."""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_HANDSHAKE_V10, _ERROR = 0x0A, 0xFF
_TOLD = re.compile(rb"\x0a(\d[\x20-\x7e]{0,60})\0")  # the version, in the handshake
_LEAST_ERROR = 7  # bytes of an error packet: header, mark, code
_NOT_ALLOWED, _BLOCKED = 1130, 1129


def confirm(approach: Approach) -> Confirmed:
    """Read the greeting; nothing is sent and no account tried."""
    with approach.open() as talk:
        greeting = talk.ask(b"", _complete)
        transcript = tuple(talk.transcript)
        if not greets(greeting):
            return unclear(talk, "once connected", "MySQL")
        if greeting[4] == _HANDSHAKE_V10:
            reason = "it asks for a login; no account was tried"
            product, version = _identity(greeting)
            return Confirmed(Login.REQUIRED, reason, transcript, product=product, version=version)
        code = int.from_bytes(greeting[5:7], "little")
        if code == _NOT_ALLOWED:
            return Confirmed(Login.REFUSED, "it does not let our address in", transcript)
        if code == _BLOCKED:  # after max_connect_errors of ours: others may still be let in
            reason = "it has blocked our address after too many connections without a login; run FLUSH HOSTS on it"
            return Confirmed(Login.UNKNOWN, reason, transcript)
        return Confirmed(Login.UNKNOWN, f"it greeted with error {code}", transcript)


def _complete(said: bytes) -> bool:
    """Whether the first packet is there: length in three bytes, sequence number, content."""
    return len(said) > 4 and len(said) >= 4 + int.from_bytes(said[:3], "little")


def greets(greeting: bytes) -> bool:
    """Whether this is a handshake or an error packet, the first of a connection."""
    if not _complete(greeting) or greeting[3] != 0:
        return False
    return bool(_TOLD.match(greeting, 4)) or (greeting[4] == _ERROR and len(greeting) >= _LEAST_ERROR)


def _identity(greeting: bytes) -> tuple[str, str]:
    """Product and version. MariaDB puts 5.5.5 before its own, which old replicas could not read."""
    told = _TOLD.match(greeting, 4)
    text = told[1].decode() if told else ""
    if "mariadb" in text.lower():
        return "MariaDB", text.removeprefix("5.5.5-")
    return "MySQL", text


PROTOCOL = Protocol("mysql", (3306,), "nothing: its greeting is read", confirm, aliases=("mariadb",), greets=greets)
