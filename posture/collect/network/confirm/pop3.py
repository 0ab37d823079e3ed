"""POP3: whether it takes a password without TLS (RFC 1939; RFC 2449 for CAPA, RFC 2595 for STLS)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.software import named_in
from posture.facts.network import Login

_END = re.compile(rb"(?:\A|\n)\.\r?\n|\A-ERR[^\n]*\n")
_IN_CLEAR = {b"PLAIN", b"LOGIN"}


def confirm(approach: Approach) -> Confirmed:
    """Read the greeting, ask CAPA, QUIT: no account is tried."""
    with approach.open() as talk:
        greeting = talk.ask(b"", lambda said: b"\n" in said)
        if not greets(greeting):
            return unclear(talk, "once connected", "POP3")
        answer = talk.ask(b"CAPA\r\n", lambda said: bool(_END.search(said)))
        talk.say(b"QUIT\r\n")
        return _judged(greeting, answer, talk, tls=approach.tls)


def _judged(greeting: bytes, answer: bytes, talk: Conversation, *, tls: bool) -> Confirmed:
    product, version = named_in(greeting)
    lines = [line.upper().split() for line in answer.splitlines()[1:] if line.strip(b". ")]
    speaks = answer.startswith((b"+OK", b"-ERR")) and bool(_END.search(answer))
    login, reason, weakness = Login.REQUIRED, "it asks for a login", ""
    later = "; STLS is offered" if [b"STLS"] in lines else ""
    mechanisms = {word for line in lines if line[0] == b"SASL" for word in line[1:]}
    if not speaks:
        login, reason = Login.UNKNOWN, f"asked with CAPA, it {talk.ended()}"
    elif not tls and not answer.startswith(b"+OK"):
        reason, weakness = "it does not say whether it takes passwords without TLS", "plain-login?"
    elif not tls and ([b"USER"] in lines or mechanisms & _IN_CLEAR):
        reason, weakness = f"it takes passwords without TLS{later}", "plain-login"
    return Confirmed(login, reason, tuple(talk.transcript), speaks, product=product, version=version, weakness=weakness)


def greets(greeting: bytes) -> bool:
    """Whether this is a POP3 server's greeting."""
    return bool(re.match(rb"\+OK\b[^\n]*\n", greeting))


PROTOCOL = Protocol("pop3", (110,), "CAPA, QUIT", confirm, aliases=("pop3s",), greets=greets, tls_ports=(995,))
