"""ONC RPC over TCP: one call and its reply (RFC 5531), and reading XDR (RFC 4506) from someone who may lie."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from posture.collect.network.conversation import Conversation

PORTMAPPER, NFS, MOUNT = 100000, 100003, 100005
_XID = 0x706F7374  # the same for every call: one is under way at a time
_LAST = 0x8000_0000  # record marking: this fragment is the last one
_CALL, _REPLY, _ACCEPTED = 0, 1, 0
MOST_FRAGMENTS = 64


class XdrError(Exception):
    """What was said ends too early, or a length in it is out of bounds."""


@dataclass(slots=True)
class Xdr:
    """Reads values one after another."""

    data: bytes
    at: int = 0

    def number(self) -> int:
        """An unsigned integer of four bytes.

        Raises:
            XdrError: there is none.
        """
        return int.from_bytes(self.fixed(4), "big")

    def fixed(self, length: int) -> bytes:
        """Bytes of a length that both sides know.

        Raises:
            XdrError: there are fewer.
        """
        if self.at + length > len(self.data):
            raise XdrError
        self.at += length
        return self.data[self.at - length : self.at]

    def opaque(self, most: int = 1024) -> bytes:
        """Bytes whose length comes first, padded to four.

        Raises:
            XdrError: longer than `most` or than what there is.
        """
        length = self.number()
        if length > most:
            raise XdrError
        return self.fixed(length + -length % 4)[:length]


class Outcome(Enum):
    """What became of a call."""

    DONE = "done"
    NO_PROGRAM = "it has no such program"
    OTHER_VERSION = "it has other versions of the program"
    DENIED = "it denied the call"
    FAILED = "it could not carry out the call"
    NO_RPC = "it answered something that is not RPC"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a call, and its results."""

    outcome: Outcome
    results: bytes = b""


def packed(data: bytes) -> bytes:
    """An opaque of variable length."""
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


_NOBODY = struct.pack(">I", 0) + packed(b"posture-audit") + struct.pack(">III", 65534, 65534, 0)
AUTH_NONE = struct.pack(">I", 0) + packed(b"")
AUTH_SYS = struct.pack(">I", 1) + packed(_NOBODY)  # user and group nobody: no proof of anything (RFC 5531, 8.2)


@dataclass(frozen=True, slots=True)
class Call:
    """A procedure of a program; `shown` names it in the evidence, `told` puts its results there as text."""

    program: int
    version: int
    procedure: int
    shown: str
    told: Callable[[bytes], str] = lambda _results: "done"


def call(talk: Conversation, what: Call, arguments: bytes = b"", credential: bytes = AUTH_NONE) -> Reply:
    """Make one call on an open connection, with arguments in XDR."""
    head = struct.pack(">IIIIII", _XID, _CALL, 2, what.program, what.version, what.procedure)
    body = head + credential + AUTH_NONE + arguments

    def kept(answer: bytes) -> bytes:
        reply = _parsed(_record(answer))
        if reply.outcome is not Outcome.DONE:
            return reply.outcome.value.encode() if reply.outcome is not Outcome.NO_RPC else answer[:64]
        return what.told(reply.results).encode()

    answer = talk.ask(
        struct.pack(">I", _LAST | len(body)) + body, lambda said: _record(said) is not None, what.shown, kept
    )
    return _parsed(_record(answer))


def _record(said: bytes) -> bytes | None:
    """The fragments of the first record put together; None as long as it is not complete, empty if it never will be."""
    record, at = b"", 0
    for _ in range(MOST_FRAGMENTS):
        if at + 4 > len(said):
            return None
        mark = int.from_bytes(said[at : at + 4], "big")
        length = mark & ~_LAST
        if at + 4 + length > len(said):
            return None
        record += said[at + 4 : at + 4 + length]
        at += 4 + length
        if mark & _LAST:
            return record
    return b""


def _parsed(record: bytes | None) -> Reply:
    if record is None:
        return Reply(Outcome.NO_RPC)
    xdr = Xdr(record)
    try:
        if (xdr.number(), xdr.number()) != (_XID, _REPLY):
            return Reply(Outcome.NO_RPC)
        if xdr.number() != _ACCEPTED:
            return Reply(Outcome.DENIED)
        xdr.number()
        xdr.opaque(400)
        state = xdr.number()
    except XdrError:
        return Reply(Outcome.NO_RPC)
    outcomes = {0: Outcome.DONE, 1: Outcome.NO_PROGRAM, 2: Outcome.OTHER_VERSION}
    return Reply(outcomes.get(state, Outcome.FAILED), record[xdr.at :])
