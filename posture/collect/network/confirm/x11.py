"""X11: whether a display accepts a client that shows no cookie (X Window System Protocol, 8: Connection Setup)."""

from __future__ import annotations

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

SETUP = b"l\0\x0b\0\0\0\0\0\0\0\0\0"  # little-endian, protocol 11.0, no authorization name and no data
_FAILED, _SUCCESS, _AUTHENTICATE = 0, 1, 2
_VENDOR_AT = 40  # after the fixed part of a success


def confirm(approach: Approach) -> Confirmed:
    """Ask for a connection and close it: no window is made, nothing on the screen is read."""
    with approach.open() as talk:
        answer = talk.ask(SETUP, _enough, "connection setup without authorization", _told)
        if not _is_x11(answer):
            return unclear(talk, "asked for a connection", "X11")
        if answer[0] == _SUCCESS:
            vendor = _vendor(answer).decode("ascii", "replace")
            return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript), product=vendor)
        return _refused(answer, talk)


def _refused(answer: bytes, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    if answer[0] == _AUTHENTICATE:
        return Confirmed(Login.REQUIRED, "", transcript)
    if b"authoriz" in answer.lower() or b"no protocol specified" in answer.lower():
        return Confirmed(
            Login.REQUIRED, "it refuses clients without a cookie from addresses it does not know", transcript
        )
    return Confirmed(Login.UNKNOWN, "it refused the connection for another reason than a missing cookie", transcript)


def _is_x11(answer: bytes) -> bool:
    """Whether this begins one of the three answers; all but Authenticate name the protocol's version."""
    if len(answer) < 8 or not _enough(answer):
        return False
    if answer[0] == _AUTHENTICATE:
        return answer[1:6] == bytes(5) and bool(_words(answer))
    return answer[0] in {_FAILED, _SUCCESS} and answer[2:4] == b"\x0b\0"


def _words(answer: bytes) -> int:
    """Units of four bytes that follow the first eight."""
    return int.from_bytes(answer[6:8], "little")


def _enough(answer: bytes) -> bool:
    if len(answer) < 8:
        return bool(answer) and answer[0] > _AUTHENTICATE
    if answer[0] == _SUCCESS:
        return len(answer) >= _VENDOR_AT + int.from_bytes(answer[24:26], "little")
    return answer[0] > _AUTHENTICATE or len(answer) >= 8 + 4 * _words(answer)


def _vendor(answer: bytes) -> bytes:
    return answer[_VENDOR_AT : _VENDOR_AT + min(80, int.from_bytes(answer[24:26], "little"))]


def _told(answer: bytes) -> bytes:
    """What becomes evidence: the outcome and the vendor, or the reason of a refusal."""
    if not _is_x11(answer):
        return answer[:64]
    if answer[0] == _SUCCESS:
        return b"success, protocol 11, vendor " + _vendor(answer)
    return b"refused: " + answer[8 : 8 + 4 * _words(answer)].rstrip(b"\0\n")


PROTOCOL = Protocol(
    "X11", tuple(range(6000, 6006)), "a connection setup without authorization", confirm, aliases=("x11",)
)
