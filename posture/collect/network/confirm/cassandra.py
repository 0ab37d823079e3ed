"""Cassandra and ScyllaDB: what the start of a session gets (CQL binary protocol, native_protocol_v4.spec)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login
from posture.model.text import visible

ERROR, STARTUP, READY, AUTHENTICATE, OPTIONS, SUPPORTED = 0, 1, 2, 3, 5, 6
_HEADER = struct.Struct(">BBhBi")  # version, flags, stream, opcode, length of the body
_RESPONSE, _PROTOCOL_ERROR = 0x80, 0x0A
NEWEST, OLDEST = 4, 3  # asked for; Cassandra 2.1 and newer speak one of them
_MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class _Frame:
    version: int
    opcode: int
    body: bytes


def frame(version: int, opcode: int, body: bytes = b"") -> bytes:
    """A request."""
    return _HEADER.pack(version, 0, 0, opcode, len(body)) + body


def startup(cql: str) -> bytes:
    """The body of STARTUP: a string map with the one option that must be there."""
    words = ("CQL_VERSION", cql)
    return struct.pack(">H", 1) + b"".join(struct.pack(">H", len(word)) + word.encode() for word in words)


def confirm(approach: Approach) -> Confirmed:
    """Ask for its options, start a session without credentials, and leave."""
    with approach.open() as talk:
        seen = _asked(talk, NEWEST)
    if seen is not None:
        return seen
    with approach.open() as talk:
        return _asked(talk, OLDEST) or Confirmed(
            Login.UNKNOWN, "it speaks a version of its protocol that is not asked here", tuple(talk.transcript)
        )


def _asked(talk: Conversation, version: int) -> Confirmed | None:
    """What came of it; None where the server wants another version."""
    answer = _frame(talk.ask(frame(version, OPTIONS), _complete, f"OPTIONS (version {version})"))
    if answer is None or answer.opcode not in {ERROR, SUPPORTED}:
        return unclear(talk, "asked for its options", "Cassandra")
    if answer.opcode == ERROR:
        code, message = _error(answer)
        if code == _PROTOCOL_ERROR:
            return None
        return Confirmed(Login.UNKNOWN, f"asked for its options, it said: {message}", tuple(talk.transcript))
    options = _options(answer)
    if "CQL_VERSION" not in options:
        return unclear(talk, "asked for its options", "Cassandra")
    cql = max(options["CQL_VERSION"], default="3.0.0", key=_as_numbers)
    begun = _frame(
        talk.ask(frame(version, STARTUP, startup(cql)), _complete, f"STARTUP CQL_VERSION={visible(cql, 20)}")
    )
    login, reason = _judged(begun, talk)
    product = "ScyllaDB" if any(name.startswith("SCYLLA") for name in options) else "Apache Cassandra"
    return Confirmed(login, reason, tuple(talk.transcript), product=product)


def _judged(begun: _Frame | None, talk: Conversation) -> tuple[Login, str]:
    if begun is None:
        return Login.UNKNOWN, f"asked to start a session, it {talk.ended()}"
    if begun.opcode == READY:
        return Login.NOT_NEEDED, ""
    if begun.opcode == AUTHENTICATE:
        return Login.REQUIRED, ""
    if begun.opcode == ERROR:
        return Login.UNKNOWN, f"asked to start a session, it said: {_error(begun)[1]}"
    return Login.UNKNOWN, f"asked to start a session, it answered with opcode {begun.opcode}"


def _complete(said: bytes) -> bool:
    """Whether the first frame is there, or what came is none."""
    if said and not said[0] & _RESPONSE:
        return True
    return len(said) >= _HEADER.size and len(said) >= _HEADER.size + _HEADER.unpack_from(said)[4]


def _frame(said: bytes) -> _Frame | None:
    if len(said) < _HEADER.size:
        return None
    version, _, stream, opcode, length = _HEADER.unpack_from(said)
    if not version & _RESPONSE or stream or not 0 <= length <= len(said) - _HEADER.size:
        return None
    return _Frame(version & ~_RESPONSE, opcode, said[_HEADER.size : _HEADER.size + length])


def _error(answer: _Frame) -> tuple[int, str]:
    body = Cursor(answer.body)
    try:
        code = body.number(">i")
        return code, visible(body.sized(">H").decode("utf-8", "backslashreplace"), 120)
    except Malformed:
        return -1, "an error that cannot be read"


def _options(answer: _Frame) -> dict[str, list[str]]:
    """The string multimap of SUPPORTED; empty where it is none."""
    body = Cursor(answer.body)
    options: dict[str, list[str]] = {}
    try:
        for _ in range(min(body.number(">H"), _MOST_OPTIONS)):
            name = _string(body)
            options[name] = [_string(body) for _ in range(body.number(">H"))]
    except Malformed:
        return {}
    return options


def _string(body: Cursor) -> str:
    return body.sized(">H").decode("utf-8", "backslashreplace")


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if re.fullmatch(r"[0-9]{1,9}", part))


PROTOCOL = Protocol(
    "cassandra-native",
    (9042,),
    "OPTIONS, and STARTUP without credentials",
    confirm,
    aliases=("cassandra",),
    tls_ports=(9142,),
)
