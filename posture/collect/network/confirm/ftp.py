"""FTP: whether ``anonymous`` may log in (RFC 959; RFC 1635 for the name and the e-mail address as password)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

ANONYMOUS_PASSWORD = "anonymous@"  # noqa: S105  RFC 1635: an address; this form is what browsers sent
_LAST_LINE = re.compile(rb"^(\d{3})(?: [^\n]*|\r)?\n", re.MULTILINE)  # in a reply of several lines the others have "-"


def confirm(approach: Approach) -> Confirmed:
    """Log in as anonymous and leave at once: nothing is listed, nothing fetched."""
    with approach.open() as talk:
        code = _reply(talk, b"")
        if code == 220:
            code = _reply(talk, b"USER anonymous\r\n")
            if code in {331, 332}:
                code = _reply(talk, b"PASS " + ANONYMOUS_PASSWORD.encode() + b"\r\n")
            talk.say(b"QUIT\r\n")
        return _judged(code, talk)


def _judged(code: int, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    if code in {230, 232}:
        return Confirmed(Login.NOT_NEEDED, "", transcript)
    if code in {421, 530} and len(transcript) == 1:
        return Confirmed(Login.REFUSED, f"it turned the connection away with {code}", transcript)
    if 500 <= code < 560:
        return Confirmed(Login.REQUIRED, "", transcript)
    return unclear(talk, "an anonymous login" if len(transcript) > 1 else "the connection")


def _reply(talk: Conversation, command: bytes) -> int:
    """The code of the reply to a command, 0 if there is none."""
    answer = talk.ask(command, lambda said: bool(_LAST_LINE.search(said)))
    found = _LAST_LINE.search(answer)
    return int(found[1]) if found else 0


def greets(greeting: bytes) -> bool:
    """Whether this is an FTP server's greeting; mail servers say 220 too, and name their protocol."""
    return greeting.startswith((b"220 ", b"220-")) and b"SMTP" not in greeting.upper() and b"FTP" in greeting.upper()


PROTOCOL = Protocol(
    "ftp", (21,), f"USER anonymous, PASS {ANONYMOUS_PASSWORD}, QUIT", confirm, aliases=("ftps",), greets=greets
)
