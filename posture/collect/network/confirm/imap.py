"""IMAP: whether it takes a password without TLS (RFC 9051, 6.1.1 and 7.2.2)."""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.software import named_in
from posture.facts.network import Login

_GREETING = re.compile(rb"\* (OK|PREAUTH|BYE)\b[^\r\n]*\r?\n", re.IGNORECASE)
_TAGGED = re.compile(rb"^a1 (OK|NO|BAD)\b[^\n]*\n", re.IGNORECASE | re.MULTILINE)
_CAPABILITIES = re.compile(rb"^\* CAPABILITY ([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def confirm(approach: Approach) -> Confirmed:
    """Read the greeting, ask CAPABILITY, LOGOUT: no account is tried and no mailbox opened."""
    with approach.open() as talk:
        greeting = talk.ask(b"", lambda said: b"\n" in said)
        found = _GREETING.match(greeting)
        if not found:
            return unclear(talk, "once connected", "IMAP")
        product, version = named_in(greeting)
        if found[1].upper() == b"BYE":
            return Confirmed(Login.REFUSED, "it turned the connection away", tuple(talk.transcript), product=product)
        answer = talk.ask(b"a1 CAPABILITY\r\n", lambda said: bool(_TAGGED.search(said)))
        talk.say(b"a2 LOGOUT\r\n")
        told = _CAPABILITIES.search(answer)
        login, reason, weakness = _judged(found[1].upper(), told[1] if told else b"", tls=approach.tls)
        return Confirmed(
            login, reason, tuple(talk.transcript), speaks=bool(told) or b"IMAP" in greeting.upper(),
            product=product, version=version, weakness=weakness,
        )  # fmt: skip


def _judged(greeting: bytes, capabilities: bytes, *, tls: bool) -> tuple[Login, str, str]:
    words = {word.upper() for word in capabilities.split()}
    if greeting == b"PREAUTH" and words:
        return Login.NOT_NEEDED, "it says that whoever connects is logged in already", ""
    if not words:
        return Login.UNKNOWN, "it did not say what it offers", "" if tls else "plain-login?"
    later = "; STARTTLS is offered" if b"STARTTLS" in words else ""
    if tls or b"LOGINDISABLED" in words:
        return Login.REQUIRED, f"it asks for a login{later}", ""
    return Login.REQUIRED, f"it takes passwords without TLS{later}", "plain-login"


def greets(greeting: bytes) -> bool:
    """Whether this is an IMAP server's greeting."""
    return bool(_GREETING.match(greeting))


PROTOCOL = Protocol(
    "imap", (143,), "CAPABILITY, LOGOUT", confirm, aliases=("imaps", "imap4"), greets=greets, tls_ports=(993,)
)
