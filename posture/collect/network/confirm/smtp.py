"""SMTP: what it offers before and after a login (RFC 5321; RFC 4954 for AUTH, RFC 3207 for STARTTLS)."""

from __future__ import annotations

import re
from dataclasses import replace

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.replies import reply
from posture.collect.network.software import named_in
from posture.facts.network import Login

_AUTH = re.compile(rb"^250[ -]AUTH[ =]([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_STARTTLS = re.compile(rb"^250[ -]STARTTLS\b", re.IGNORECASE | re.MULTILINE)
_IN_CLEAR = {b"PLAIN", b"LOGIN"}  # mechanisms that send the password itself


PATIENCE = 3  # times the usual limit


def confirm(approach: Approach) -> Confirmed:
    """Wait for the greeting, say EHLO, read what is offered, QUIT: no sender, no recipient, no login.

    A server that begins its greeting and lets us wait for the rest (Postfix' postscreen, 6 s, to see who cannot wait)
    is waited for.
    """
    with approach.open() as talk:
        seen = _asked(talk, approach)
        begun = talk.ending is Ending.SILENT and len(talk.transcript) == 1 and not seen.speaks
        if not begun or not greets(talk.transcript[0].received.encode()):
            return seen
    with replace(approach, seconds=PATIENCE * approach.seconds).open() as talk:
        return _asked(talk, approach)


def _asked(talk: Conversation, approach: Approach) -> Confirmed:
    code, greeting = reply(talk, b"")
    if code in {421, 554} and b"SMTP" in greeting.upper():
        return Confirmed(Login.REFUSED, f"it turned the connection away with {code}", tuple(talk.transcript))
    if code != 220:
        return unclear(talk, "once connected", "SMTP")
    code, offers = reply(talk, f"EHLO {approach.identity.ehlo}\r\n".encode())
    seen = _judged(code, greeting, offers, talk, tls=approach.tls)
    talk.say(b"QUIT\r\n")
    return seen


def _judged(code: int, greeting: bytes, offers: bytes, talk: Conversation, *, tls: bool) -> Confirmed:
    product, version = named_in(greeting)
    if code != 250:
        known = greets(greeting)
        asked = f"asked with EHLO, it answered with code {code}" if code else f"asked with EHLO, it {talk.ended()}"
        return Confirmed(
            Login.UNKNOWN, asked, tuple(talk.transcript), speaks=known, product=product, version=version,
            weakness="plain-login?" if known and not tls else "",
        )  # fmt: skip
    mechanisms = {word.upper() for line in _AUTH.findall(offers) for word in line.split()}
    later = "; STARTTLS is offered" if _STARTTLS.search(offers) else ""
    if mechanisms & _IN_CLEAR and not tls:
        login, reason = Login.REQUIRED, f"it takes passwords without TLS{later}"
    elif mechanisms:
        login, reason = Login.REQUIRED, f"it offers a login{later}"
    else:
        login, reason = Login.NOT_NEEDED, f"it talks to anyone, as mail servers do, and offers no login here{later}"
    weakness = "plain-login" if mechanisms & _IN_CLEAR and not tls else ""
    return Confirmed(login, reason, tuple(talk.transcript), product=product, version=version, weakness=weakness)


def greets(greeting: bytes) -> bool:
    """Whether this is a mail server's greeting; FTP servers say 220 too."""
    return greeting.startswith((b"220 ", b"220-")) and b"SMTP" in greeting.upper()


PROTOCOL = Protocol(
    "smtp",
    (25, 587),
    "EHLO after its greeting, QUIT",
    confirm,
    aliases=("smtps", "submission"),
    greets=greets,
    tls_ports=(465,),
)
