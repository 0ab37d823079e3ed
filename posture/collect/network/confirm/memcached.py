"""Memcached: ``version`` needs a login where there is one (memcached's doc/protocol.txt and protocol-binary.txt)."""

from __future__ import annotations

import re

from posture.collect.network.conversation import Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

VERSION = b"version\r\n"
NOOP = b"\x80\x0a" + bytes(22)  # binary request header, opcode 0x0a; one of the opcodes SASL guards, unlike version
_TOLD = re.compile(rb"VERSION (\d[\w.-]{0,30})")
_HEADER = 24  # bytes of a binary answer
_AUTH_ERROR = 0x20


def confirm(approach: Approach) -> Confirmed:
    """Ask for the version in text; a server that hangs up on text speaks the binary protocol, as with SASL."""
    with approach.open() as talk:
        answer = talk.ask(VERSION, lambda said: b"\r\n" in said)
        told = _TOLD.match(answer)
        if told:
            version = told[1].decode()
            return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript), product="Memcached", version=version)
        if answer.startswith(b"CLIENT_ERROR unauthenticated"):
            return Confirmed(Login.REQUIRED, "", tuple(talk.transcript))
        if answer or talk.ending is not Ending.CLOSED:
            return unclear(talk, "asked with version", "Memcached")
    return _in_binary(approach)


def _in_binary(approach: Approach) -> Confirmed:
    with approach.open() as talk:
        answer = talk.ask(NOOP, lambda said: len(said) >= _HEADER, "no-op (binary protocol)")
        if len(answer) < _HEADER or answer[:2] != b"\x81\x0a":
            return unclear(talk, "asked with version and a binary no-op", "Memcached")
        status = int.from_bytes(answer[6:8], "big")
        if status == 0:
            return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript))
        if status == _AUTH_ERROR:
            return Confirmed(Login.REQUIRED, "", tuple(talk.transcript))
        return Confirmed(Login.UNKNOWN, f"it answered a binary no-op with status {status}", tuple(talk.transcript))


PROTOCOL = Protocol("memcached", (11211,), "version, or a no-op of its binary protocol", confirm, aliases=("memcache",))
