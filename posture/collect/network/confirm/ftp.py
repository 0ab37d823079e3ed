"""FTP: whether ``anonymous`` may log in (RFC 959; RFC 1635 for the name and the e-mail address as password)."""

from __future__ import annotations

import re
from dataclasses import replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

ANONYMOUS_PASSWORD = "anonymous@"  # noqa: S105  RFC 1635: an address; this form is what browsers sent
WANTS_TLS = "it wants TLS before any login"
_LAST_LINE = re.compile(rb"^(\d{3})(?: [^\n]*|\r)?\n", re.MULTILINE)  # in a reply of several lines the others have "-"
_OF_TLS = re.compile(r"\b(?:TLS|SSL)\b|encrypt|cleartext", re.IGNORECASE)


def confirm(approach: Approach) -> Confirmed:
    """Log in as anonymous and leave at once: nothing is listed, nothing fetched.

    A server that wants TLS first is connected to once more and asked over TLS (RFC 4217).
    """
    with approach.open() as talk:
        code = _reply(talk, b"")
        seen = _logged_in(talk) if code == 220 else _judged(code, talk)
        talk.say(b"QUIT\r\n")
    if seen.reason != WANTS_TLS or approach.tls:
        return seen
    return _over_tls(approach, seen)


def _over_tls(approach: Approach, before: Confirmed) -> Confirmed:
    """The same after AUTH TLS; what was seen before stays where that fails."""
    try:
        with approach.open() as talk:
            if _reply(talk, b"") != 220 or _reply(talk, b"AUTH TLS\r\n") != 234:
                return replace(before, transcript=(*before.transcript, *talk.transcript))
            talk.start_tls()
            seen = _logged_in(talk)
            talk.say(b"QUIT\r\n")
    except OSError as error:
        return replace(before, reason=f"{WANTS_TLS}, and TLS with it failed: {error}")
    return replace(seen, transcript=(*before.transcript, *seen.transcript))


def _logged_in(talk: Conversation) -> Confirmed:
    code = _reply(talk, b"USER anonymous\r\n")
    if code in {331, 332}:
        code = _reply(talk, b"PASS " + ANONYMOUS_PASSWORD.encode() + b"\r\n")
    return _judged(code, talk)


def _judged(code: int, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    if code in {230, 232}:
        return Confirmed(Login.NOT_NEEDED, "", transcript)
    if 400 <= code < 560 and _OF_TLS.search(transcript[-1].received):
        return Confirmed(Login.UNKNOWN, WANTS_TLS, transcript)
    if code in {421, 530} and len(transcript) == 1:
        return Confirmed(Login.REFUSED, f"it turned the connection away with {code}", transcript)
    if 500 <= code < 560:
        return Confirmed(Login.REQUIRED, "", transcript)
    asked = "asked for an anonymous login" if len(transcript) > 1 else "once connected"
    if code:
        return Confirmed(Login.UNKNOWN, f"{asked}, it answered with code {code}", transcript, speaks=False)
    return unclear(talk, asked, "FTP")


def _reply(talk: Conversation, command: bytes) -> int:
    """The code of the reply to a command, 0 if there is none."""
    answer = talk.ask(command, lambda said: bool(_LAST_LINE.search(said)))
    found = _LAST_LINE.search(answer)
    return int(found[1]) if found else 0


def greets(greeting: bytes) -> bool:
    """Whether this is an FTP server's greeting; mail servers say 220 too, and name their protocol."""
    return greeting.startswith((b"220 ", b"220-")) and b"SMTP" not in greeting.upper() and b"FTP" in greeting.upper()


PROTOCOL = Protocol(
    "ftp",
    (21,),
    f"USER anonymous, PASS {ANONYMOUS_PASSWORD}, QUIT; where it wants TLS, the same after AUTH TLS",
    confirm,
    aliases=("ftps",),
    greets=greets,
)
