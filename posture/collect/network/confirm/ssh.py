"""SSH: its identification line says which program answers (RFC 4253, 4.2); nobody gets in without a login."""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.software import named_in
from posture.facts.network import Login

_IDENTIFICATION = re.compile(rb"^SSH-(?:1\.\d+|2\.0)-[^\r\n]*\r?\n", re.MULTILINE)  # other lines may come before it


def confirm(approach: Approach) -> Confirmed:
    """Read the identification line; nothing is sent and no account tried."""
    with approach.open() as talk:
        said = talk.ask(b"", lambda heard: bool(_IDENTIFICATION.search(heard)))
        found = _IDENTIFICATION.search(said)
        if not found:
            return unclear(talk, "once connected", "SSH")
        product, version = named_in(found[0])
        reason = "it asks for a login; no account was tried"
        return Confirmed(Login.REQUIRED, reason, tuple(talk.transcript), product=product, version=version)


def greets(greeting: bytes) -> bool:
    """Whether this is an identification line."""
    return bool(_IDENTIFICATION.match(greeting))


PROTOCOL = Protocol("ssh", (22,), "nothing: its identification line is read", confirm, greets=greets)
