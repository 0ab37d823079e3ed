"""What a server offers in its reply to EHLO (RFC 5321, 4.1.1.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from posture.collect.network.conversation import sendable
from posture.model.text import decoded

_AUTH = re.compile(rb"^250[ -]AUTH[ =]([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_STARTTLS = re.compile(rb"^250[ -]STARTTLS\b", re.IGNORECASE | re.MULTILINE)
_IN_CLEAR = ("PLAIN", "LOGIN")  # mechanisms that send the password itself (RFC 4616)


@dataclass(frozen=True, slots=True)
class Offers:
    """`passwords` are the mechanisms that send the password as it is."""

    starttls: bool = False
    passwords: tuple[str, ...] = ()


def offers_in(reply: bytes) -> Offers:
    """Read the extensions of a reply to EHLO."""
    words = {decoded(word).upper() for line in _AUTH.findall(reply) for word in line.split()}
    return Offers(_STARTTLS.search(reply) is not None, tuple(one for one in _IN_CLEAR if one in words))


def name_in(reply: bytes) -> str:
    """The name that a greeting, or the reply to EHLO, begins with; empty where that is no host name."""
    words = decoded(reply[4:512]).split()
    name = words[0].rstrip(".").lower() if words else ""
    return name if "." in name and sendable(name) else ""
