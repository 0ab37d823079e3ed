"""NNTP: what a news server offers before a login (RFC 3977, 5.1 and 5.2; RFC 4643 for AUTHINFO)."""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.replies import reply
from posture.collect.network.software import named_in
from posture.facts.network import Login

_END = re.compile(rb"\n\.\r?\n|\A[45]\d\d[^\n]*\n")
_NEWS = re.compile(rb"\bN(?:NTP|NRP|etNews|ews)\b", re.IGNORECASE)


def confirm(approach: Approach) -> Confirmed:
    """Read the greeting, ask CAPABILITIES, QUIT: no article or list of groups is fetched."""
    with approach.open() as talk:
        code, greeting = reply(talk, b"")
        product, version = named_in(greeting)
        if code not in {200, 201}:
            return unclear(talk, "once connected", "NNTP")
        answer = talk.ask(b"CAPABILITIES\r\n", lambda said: bool(_END.search(said)))
        talk.say(b"QUIT\r\n")
        lines = [line.upper().split() for line in answer.splitlines()[1:] if line.split()]
        speaks = answer.startswith(b"101") or greets(greeting)
        can_log_in = any(line[0] == b"AUTHINFO" for line in lines)
        in_clear = any(line[0] == b"AUTHINFO" and b"USER" in line for line in lines) and not approach.tls
        if can_log_in and not any(line[0] == b"READER" for line in lines):
            login, reason = Login.REQUIRED, "it offers nothing to readers before a login"
        else:
            login, reason = Login.UNKNOWN, "whether groups can be read without a login was not tried"
        return Confirmed(
            login, reason, tuple(talk.transcript), speaks, product=product, version=version,
            weakness="plain-login" if in_clear else "",
        )  # fmt: skip


def greets(greeting: bytes) -> bool:
    """Whether this is a news server's greeting."""
    return greeting.startswith((b"200 ", b"201 ")) and bool(_NEWS.search(greeting))


PROTOCOL = Protocol(
    "nntp", (119,), "CAPABILITIES, QUIT", confirm, aliases=("snews", "nntps"), greets=greets, tls_ports=(563,)
)
