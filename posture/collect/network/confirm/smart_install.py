"""Cisco Smart Install: whether a switch lets anyone set it up (Cisco Security Response of 14 February 2017, TA18-106A).

The protocol has no login at all. The question is the one with which Cisco's own scanner (smi_check) recognises it.
"""

from __future__ import annotations

import struct

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

QUESTION = struct.pack(">6I", 1, 1, 4, 8, 1, 0)
ANSWER = struct.pack(">6I", 4, 0, 3, 8, 1, 0)


def confirm(approach: Approach) -> Confirmed:
    """Ask whether it is a client of Smart Install; nothing is set or fetched."""
    with approach.open() as talk:
        answer = talk.ask(
            QUESTION, lambda said: len(said) >= len(ANSWER) or not ANSWER.startswith(said), "Smart Install, version",
            lambda said: b"Smart Install client" if said == ANSWER else said[:64],
        )  # fmt: skip
        if answer != ANSWER:
            return unclear(talk, "asked for Smart Install", "Smart Install")
        return Confirmed(Login.NOT_NEEDED, "the protocol has no login", tuple(talk.transcript))


PROTOCOL = Protocol("smart-install", (4786,), "the question of Cisco's smi_check", confirm)
