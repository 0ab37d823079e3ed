"""Telnet: what its greeting asks for (RFC 854; RFC 855 for options, all of which are refused)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol
from posture.facts.network import Login

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
_REFUSAL = {DO: WONT, WILL: DONT}
_OPTIONS = (WILL, WONT, DO, DONT)
MOST_ROUNDS = 12  # refusals sent before the server is taken to talk about options only
_ASKS = re.compile(
    rb"(?:login|user ?name|user|account|password|passwort|kennwort)[^\r\n]{0,40}[:>]\s*\Z", re.IGNORECASE
)
_NAMES_LOGIN = re.compile(rb"login|user ?name|password", re.IGNORECASE)
_SHELL = re.compile(rb"(?:^|[\r\n])[^\r\n]{0,120}[$#>][ \t]*\Z")


def confirm(approach: Approach) -> Confirmed:
    """Refuse every option and read until the server asks for something; no word is typed."""
    with approach.open() as talk:
        raw, text = b"", b""
        for _ in range(MOST_ROUNDS):
            refusals = refused(raw)
            raw = talk.ask(refusals, bool, "refused options" if refusals else "")
            text += without_options(raw)
            if talk.ending is not Ending.ANSWERED or _ASKS.search(text):
                break
        return _judged(text, talk)


def _judged(text: bytes, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    shell = talk.ending is Ending.SILENT and bool(_SHELL.search(text))  # a prompt waits; a banner of ### goes on
    if _ASKS.search(text) or (_NAMES_LOGIN.search(text) and not shell):
        return Confirmed(Login.REQUIRED, "", transcript)
    if shell and not _NAMES_LOGIN.search(text):
        return Confirmed(Login.NOT_NEEDED, "", transcript)
    speaks = any(entry.sent for entry in transcript)
    return Confirmed(Login.UNKNOWN, f"it showed neither a login nor a shell and {talk.ended()}", transcript, speaks)


def refused(raw: bytes) -> bytes:
    """The refusals (WONT, DONT) to every option asked for or offered (DO, WILL)."""
    answers = bytearray()
    for at in range(len(raw) - 2):
        if raw[at] == IAC and raw[at + 1] in _REFUSAL:
            answers += bytes((IAC, _REFUSAL[raw[at + 1]], raw[at + 2]))
    return bytes(answers)


def without_options(raw: bytes) -> bytes:
    """What a person would see: no commands, no subnegotiations, no NULs."""
    shown, at = bytearray(), 0
    while at < len(raw):
        if raw[at] != IAC:
            shown.append(raw[at])
            at += 1
        elif at + 1 < len(raw) and raw[at + 1] == SB:
            end = raw.find(bytes((IAC, SE)), at)
            at = len(raw) if end < 0 else end + 2
        else:
            at += 3 if at + 1 < len(raw) and raw[at + 1] in _OPTIONS else 2
    return bytes(shown).replace(b"\0", b"")


def greets(greeting: bytes) -> bool:
    """Whether the first bytes negotiate a telnet option."""
    return len(greeting) >= 3 and greeting[0] == IAC and greeting[1] in _OPTIONS


PROTOCOL = Protocol("telnet", (23, 2323), "nothing but refusals of options", confirm, greets=greets)
