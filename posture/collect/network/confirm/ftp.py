"""FTP: whether ``anonymous`` may log in (RFC 959; RFC 1635 for the name and the e-mail address as password).

Whether accounts can log in over TLS is asked too (RFC 2389 for FEAT, RFC 4217 for AUTH).
"""

from __future__ import annotations

import re
from dataclasses import replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.replies import reply
from posture.collect.network.software import named_in
from posture.facts.network import Login

ANONYMOUS_PASSWORD = "anonymous@"  # noqa: S105  RFC 1635: an address; this form is what browsers sent
WANTS_TLS = "it wants TLS before any login"
UNTRIED = "it lets anonymous in; whether it has accounts with passwords as well was not tried"
_OF_TLS = re.compile(r"\b(?:TLS|SSL)\b|encrypt|cleartext", re.IGNORECASE)


def confirm(approach: Approach) -> Confirmed:
    """Log in as anonymous and leave at once: nothing is listed, nothing fetched.

    A server that wants TLS first is connected to once more and asked over TLS (RFC 4217).
    """
    with approach.open() as talk:
        code, greeting = reply(talk, b"")
        seen = _logged_in(talk) if code == 220 else _judged(code, talk)
        if code == 220 and seen.speaks and seen.reason != WANTS_TLS and not approach.tls:
            seen = _with_weakness(talk, seen)
        talk.say(b"QUIT\r\n")
    if seen.reason == WANTS_TLS and not approach.tls:
        seen = _over_tls(approach, seen)
    product, version = named_in(greeting)
    return replace(seen, product=product, version=version)


def _with_weakness(talk: Conversation, seen: Confirmed) -> Confirmed:
    """Whether there is no way to log in over TLS: FEAT says so, or AUTH TLS does where there is no FEAT.

    A server that lets anonymous in may have no accounts whose password could be overheard; no other name is tried.
    """
    code, features = reply(talk, b"FEAT\r\n")
    offered = code == 211 and bool(re.search(rb"^ ?AUTH\b", features, re.IGNORECASE | re.MULTILINE))
    if code != 211:
        code, _ = reply(talk, b"AUTH TLS\r\n")
        offered = code == 234
    seen = replace(seen, transcript=tuple(talk.transcript))
    if offered:
        return seen
    if seen.login is Login.NOT_NEEDED:
        return replace(seen, weakness="plain-login?", reason=UNTRIED)
    return replace(seen, weakness="plain-login" if code else "plain-login?")


def _over_tls(approach: Approach, before: Confirmed) -> Confirmed:
    """The same after AUTH TLS; what was seen before stays where that fails."""
    try:
        with approach.open() as talk:
            if reply(talk, b"")[0] != 220 or reply(talk, b"AUTH TLS\r\n")[0] != 234:
                return replace(before, transcript=(*before.transcript, *talk.transcript))
            talk.start_tls()
            seen = _logged_in(talk)
            talk.say(b"QUIT\r\n")
    except OSError as error:
        return replace(before, reason=f"{WANTS_TLS}, and TLS with it failed: {error}")
    return replace(seen, transcript=(*before.transcript, *seen.transcript))


def _logged_in(talk: Conversation) -> Confirmed:
    code, _ = reply(talk, b"USER anonymous\r\n")
    if code in {331, 332}:
        code, _ = reply(talk, b"PASS " + ANONYMOUS_PASSWORD.encode() + b"\r\n")
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


def greets(greeting: bytes) -> bool:
    """Whether this is an FTP server's greeting; mail servers say 220 too, and name their protocol."""
    return greeting.startswith((b"220 ", b"220-")) and b"SMTP" not in greeting.upper() and b"FTP" in greeting.upper()


PROTOCOL = Protocol(
    "ftp",
    (21,),
    f"USER anonymous, PASS {ANONYMOUS_PASSWORD}, FEAT, QUIT; where it wants TLS, the same after AUTH TLS",
    confirm,
    aliases=("ftps",),
    greets=greets,
)
