"""What rlogin, rsh and rexec have in common: they trust addresses and names, and everything is sent in clear.

Their servers answer clients from privileged ports only (RFC 1282 for rlogin; rshd(8), rexecd(8)). The auditor is none,
names no user and runs no command, so only a server that says why it refuses is recognised.
"""

from __future__ import annotations

import re

from posture.collect.network.conversation import Ending
from posture.collect.network.protocol import Approach, Confirmed, unclear
from posture.facts.network import Login

NUL = b"\0"
# An error is the byte 1 and a line (rshd(8), "Diagnostics"), which most servers begin with their own name.
_ERROR = re.compile(
    rb"\A\0?\x01(?:[^\n]{0,80}\b(?:rlogind?|rshd?|remshd?|rexecd?|krshd|klogind)\b"
    rb"|permission denied|where are you\?|[^\n]{0,80}not on a reserved port)",
    re.IGNORECASE,
)


def confirm_refusal(approach: Approach, label: str) -> Confirmed:
    """Send the NUL that opens a conversation (no user, no port for errors), and read why the server refuses."""
    with approach.open() as talk:
        answer = talk.ask(NUL, lambda said: b"\n" in said, "a NUL byte")
        if _ERROR.match(answer):
            reason = "it refuses clients without a privileged port; which users and addresses it trusts was not tried"
            return Confirmed(Login.UNKNOWN, reason, tuple(talk.transcript))
        if talk.ending is Ending.CLOSED and not answer:
            reason = f"it closed the connection without a word, as {label} does to clients without a privileged port"
            return Confirmed(Login.UNKNOWN, reason, tuple(talk.transcript), speaks=False)
        return unclear(talk, "sent a NUL byte", label)
