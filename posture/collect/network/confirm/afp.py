"""AFP: which ways to log in a server offers (Apple Filing Protocol Reference, DSIGetStatus and FPGetSrvrInfo)."""

from __future__ import annotations

import struct

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_REPLY, _GET_STATUS, _ID = 1, 3, 1
GET_STATUS = struct.pack(">BBHIII", 0, _GET_STATUS, _ID, 0, 0, 0)
_HEADER = 16
_GUEST = "No User Authent"
_IN_CLEAR = "Cleartxt Passwrd"
MOST_NAMES = 32


def confirm(approach: Approach) -> Confirmed:
    """Ask for the server's information; no session is opened."""
    with approach.open() as talk:
        answer = talk.ask(GET_STATUS, _complete, "DSIGetStatus", _told)
        if not _is_status(answer):
            return unclear(talk, "asked for its status", "AFP")
        methods = _names(answer[_HEADER:], 4)
        transcript = tuple(talk.transcript)
        if not methods:
            return Confirmed(Login.UNKNOWN, "it named no way to log in", transcript)
        offers = f"it offers {', '.join(methods)}"
        weakness = "plain-login" if _IN_CLEAR in methods else ""
        login = Login.NOT_NEEDED if _GUEST in methods else Login.REQUIRED
        return Confirmed(login, offers, transcript, weakness=weakness)


def _complete(answer: bytes) -> bool:
    if not bytes([_REPLY, _GET_STATUS]).startswith(answer[:2]):
        return True
    return len(answer) >= _HEADER and len(answer) >= _HEADER + int.from_bytes(answer[8:12], "big")


def _is_status(answer: bytes) -> bool:
    head = struct.pack(">BBHI", _REPLY, _GET_STATUS, _ID, 0)
    return answer.startswith(head) and _complete(answer) and len(answer) >= _HEADER + 10


def _names(block: bytes, offset_at: int) -> list[str]:
    """The counted list of Pascal strings that the offset at this place leads to."""
    at = int.from_bytes(block[offset_at : offset_at + 2], "big")
    count = block[at] if 0 < at < len(block) else 0
    names: list[str] = []
    at += 1
    while len(names) < min(count, MOST_NAMES) and at < len(block):
        names.append(block[at + 1 : at + 1 + block[at]].decode("mac-roman"))
        at += 1 + block[at]
    return names


def _told(answer: bytes) -> bytes:
    if not _is_status(answer):
        return answer[:64]
    versions, methods = _names(answer[_HEADER:], 2), _names(answer[_HEADER:], 4)
    return f"versions: {', '.join(versions)}\nways to log in: {', '.join(methods)}".encode()


PROTOCOL = Protocol("afp", (548,), "DSIGetStatus: versions and ways to log in", confirm)
