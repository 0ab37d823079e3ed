"""Erlang's port mapper: the names of the nodes on a host (Erlang distribution protocol, section EPMD Protocol).

There is no login to it. It tells where the nodes listen that RabbitMQ, CouchDB and others form their clusters with.
"""

from __future__ import annotations

import re

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

NAMES = b"\x00\x01n"  # NAMES_REQ with its length
_PORT = 4369  # its own, which the answer begins with
_LINE = re.compile(rb"name [^\n\0]{1,255} at port \d{1,5}\n")


def confirm(approach: Approach) -> Confirmed:
    """Ask for the names; it hangs up after its answer."""
    with approach.open() as talk:
        answer = talk.ask(NAMES, _is_something_else, "NAMES_REQ")
        lines = answer[4:]
        own_port = int.from_bytes(answer[:4], "big")
        ours = own_port in {_PORT, approach.port} and len(answer) >= 4
        if not ours or _LINE.sub(b"", lines):
            return unclear(talk, "asked for its names", "Erlang's port mapper")
        return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript), product="Erlang Port Mapper Daemon")


def _is_something_else(said: bytes) -> bool:
    """An answer has no end but that of the connection; only what is none need not be waited for."""
    return len(said) >= 2 and said[:2] != bytes(2)


PROTOCOL = Protocol("epmd", (4369,), "NAMES_REQ", confirm)
