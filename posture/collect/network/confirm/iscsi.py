"""iSCSI: which disks a server lists to strangers, and whether they ask for a login (RFC 7143)."""

from __future__ import annotations

import struct
from dataclasses import replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login, Transcript

_LOGIN, _LOGIN_REPLY, _TEXT, _TEXT_REPLY = 0x43, 0x23, 0x04, 0x24
_DISCOVERY = 0x87  # from operational negotiation straight to full features (RFC 7143, 11.12.2)
_SECURITY = 0x00  # security negotiation, with no wish to leave it
_HEADER = 48
_NAME = "InitiatorName=iqn.2026-01.invalid.posture-audit"
_STATUS = {0x0201: "authentication failed", 0x0202: "not allowed for us", 0x0203: "not found"}
MOST = 65_536
MOST_TARGETS = 5


def confirm(approach: Approach) -> Confirmed:
    """Ask for the list of targets, and each of the first ones how it wants us to log in; no session with it begins."""
    approach = replace(approach, most=MOST)
    with approach.open() as talk:
        status = _logged_in(talk, _DISCOVERY, "discovery", "SessionType=Discovery", "AuthMethod=None")
        if status is None:
            return unclear(talk, "asked for a discovery session", "iSCSI")
        if status:
            because = _STATUS.get(status, f"status {status:#06x}")
            return Confirmed(Login.REQUIRED, f"it lists no targets to strangers: {because}", tuple(talk.transcript))
        names = _targets(talk)
        transcript = tuple(talk.transcript)
    if names is None:
        return Confirmed(Login.UNKNOWN, "it gave no complete list of its targets", transcript)
    if not names:
        return Confirmed(Login.REFUSED, "it lists no target to our address", transcript)
    asked = {name: _asked(approach, name) for name in names[:MOST_TARGETS]}
    for _, heard in asked.values():
        transcript += heard
    login, reason = _judged({name: answer for name, (answer, _) in asked.items()}, len(names))
    return Confirmed(login, reason, transcript)


def _judged(answers: dict[str, str], listed: int) -> tuple[Login, str]:
    opened = [name for name, answer in answers.items() if answer == "None"]
    if opened:
        return Login.NOT_NEEDED, f"targets that need no login: {', '.join(opened)}"
    if any(not answer for answer in answers.values()) or listed > len(answers):
        return Login.UNKNOWN, "not every target said whether it needs a login"
    return Login.REQUIRED, f"its targets ask for a login: {', '.join(answers)}"


def _asked(approach: Approach, target: str) -> tuple[str, tuple[Transcript, ...]]:
    """The way to log in that a target chose, ``refused``, or nothing."""
    try:
        with approach.open() as talk:
            keys = ("SessionType=Normal", f"TargetName={target}", "AuthMethod=CHAP,None")
            status = _logged_in(talk, _SECURITY, f"login to {target}", *keys)
            transcript = tuple(talk.transcript)
            if status:
                return "refused" if status in _STATUS else "", transcript
            chosen = [line for line in transcript[-1].received.split("\n") if line.startswith("AuthMethod=")]
            return (chosen[0].partition("=")[2] if chosen else ""), transcript
    except OSError:
        return "", ()


def _logged_in(talk: Conversation, stage: int, shown: str, *keys: str) -> int | None:
    """The status of the answer (class and detail), or None where it is none."""
    data = "".join(f"{key}\0" for key in (_NAME, *keys)).encode()
    header = struct.pack(">BBxxI6sHIHxxII16x", _LOGIN, stage, len(data), b"\x80\0\0\0\0\1", 0, 0, 1, 1, 0)
    answer = talk.ask(header + data + bytes(-len(data) % 4), _complete, f"{shown}: {', '.join(keys)}", _told)
    if not _complete(answer) or len(answer) < _HEADER or answer[0] != _LOGIN_REPLY:
        return None
    return int.from_bytes(answer[36:38], "big")


def _targets(talk: Conversation) -> list[str] | None:
    """The names of the targets, or None where the list is not complete."""
    data = b"SendTargets=All\0"
    header = struct.pack(">BBxxI8xIIII16x", _TEXT, 0x80, len(data), 2, 0xFFFF_FFFF, 2, 1)
    answer = talk.ask(header + data, _complete, "SendTargets=All", _told)
    if not _complete(answer) or len(answer) < _HEADER or answer[0] != _TEXT_REPLY or not answer[1] & 0x80:
        return None
    lines = _keys(answer)
    return list(dict.fromkeys(line.partition("=")[2] for line in lines if line.startswith("TargetName=")))


def _keys(answer: bytes) -> list[str]:
    length = int.from_bytes(answer[5:8], "big")
    data = answer[_HEADER:][:length]
    return [part.decode("utf-8", "backslashreplace") for part in data.split(b"\0") if part]


def _complete(answer: bytes) -> bool:
    if answer and answer[0] not in {_LOGIN_REPLY, _TEXT_REPLY}:
        return True
    return len(answer) >= _HEADER and len(answer) >= _HEADER + int.from_bytes(answer[5:8], "big")


def _told(answer: bytes) -> bytes:
    if len(answer) < _HEADER or answer[0] not in {_LOGIN_REPLY, _TEXT_REPLY}:
        return answer[:64]
    status = int.from_bytes(answer[36:38], "big") if answer[0] == _LOGIN_REPLY else 0
    head = [f"status {status:#06x} {_STATUS.get(status, '')}".strip()] if status else []
    return "\n".join(head + _keys(answer)).encode()


PROTOCOL = Protocol(
    "iscsi",
    (3260,),
    f"a discovery session, SendTargets=All, and how the first {MOST_TARGETS} targets want us to log in",
    confirm,
    seconds=10.0,
)
