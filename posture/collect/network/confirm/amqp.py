"""AMQP: whether a broker lets a client in that logs in as nobody.

Sources: AMQP 0-9-1 (frames, Connection class) and 1.0 (see the wire format); RFC 4505 for SASL's ANONYMOUS; RabbitMQ,
"Access Control" (anonymous_login_user, loopback_users): that a broker offers ANONYMOUS does not mean that it lets such
a client in from everywhere, so it is asked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire import amqp_1_0 as newer
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login
from posture.model.text import visible

HEADER = b"AMQP\x00\x00\x09\x01"
ANONYMOUS = b"ANONYMOUS"
CONTAINER = b"posture-audit"
START, START_OK, TUNE, CLOSE = (10, 10), (10, 11), (10, 30), (10, 50)
_METHOD, _FRAME_END = 1, 0xCE
_NOT_ASKED = "it offers no login as nobody"
_NO_ENTRY = "it offers a login as nobody, and turns it down"
_MOST = 16 * 1024  # a server tells a lot about itself
_MOST_PROPERTIES = 60


@dataclass(frozen=True, slots=True)
class _Start:
    """What a server says first: of itself, and how one may log in."""

    product: str
    version: str
    mechanisms: tuple[bytes, ...]


def confirm(approach: Approach) -> Confirmed:
    """Say which protocol is spoken; where ANONYMOUS is offered, log in so, and hang up."""
    roomy = replace(approach, most=_MOST)
    with roomy.open() as talk:
        answer = talk.ask(HEADER, _complete, "protocol header of AMQP 0-9-1")
        if answer.startswith(HEADER):  # a server turns ours down with another one: this one sends back what it gets
            return unclear(talk, "asked with a protocol header", "AMQP")
        if answer.startswith(b"AMQP") and len(answer) >= len(HEADER):
            other, transcript = answer[4:8], tuple(talk.transcript)
        else:
            return _older(talk, answer)
    if other[1:] == newer.PLAIN_HEADER[5:]:
        return _newer(roomy)
    version = ".".join(map(str, other))
    return Confirmed(Login.UNKNOWN, f"it speaks a version of AMQP that is not asked here ({version})", transcript)


def _older(talk: Conversation, answer: bytes) -> Confirmed:
    start = _start(answer)
    if start is None:
        return unclear(talk, "asked with a protocol header", "AMQP")
    login, reason = (Login.REQUIRED, _NOT_ASKED)
    if ANONYMOUS in start.mechanisms:
        login, reason = _as_nobody(talk)
    transcript = tuple(talk.transcript)
    return Confirmed(login, reason, transcript, product=start.product, version=start.version)


def _as_nobody(talk: Conversation) -> tuple[Login, str]:
    answer = talk.ask(_start_ok(), _complete, "Connection.StartOk with mechanism ANONYMOUS")
    method = _method(answer)
    if method == TUNE:
        talk.say(_framed(CLOSE, struct.pack(">HBHH", 200, 0, 0, 0)))
        return Login.NOT_NEEDED, ""
    # AMQP 0-9-1 has the server hang up on a login that failed; RabbitMQ says why to those who ask for it.
    if method == CLOSE or (not answer and talk.ending is Ending.CLOSED):
        return Login.REQUIRED, _NO_ENTRY
    return Login.UNKNOWN, f"asked to log in as nobody, it {talk.ended()}"


def _start_ok() -> bytes:
    capability = _short(b"authentication_failure_close") + b"t\x01"
    properties = _short(b"capabilities") + b"F" + struct.pack(">I", len(capability)) + capability
    table = struct.pack(">I", len(properties)) + properties
    return _framed(START_OK, table + _short(ANONYMOUS) + struct.pack(">I", 0) + _short(b"en_US"))


def _short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def _framed(method: tuple[int, int], arguments: bytes) -> bytes:
    payload = struct.pack(">HH", *method) + arguments
    return struct.pack(">BHI", _METHOD, 0, len(payload)) + payload + bytes((_FRAME_END,))


def _complete(said: bytes) -> bool:
    """Whether a protocol header or the first frame is there, or what came is neither."""
    if said.startswith(b"AMQP"):
        return len(said) >= len(HEADER)
    if said and said[0] not in {_METHOD, ord("A")}:
        return True
    return len(said) >= 7 and len(said) >= 8 + int.from_bytes(said[3:7], "big")


def _payload(said: bytes) -> bytes:
    """What the first frame holds; empty where there is no whole method frame."""
    if len(said) < 8 or said[0] != _METHOD or said[1:3] != bytes(2):
        return b""
    end = 7 + int.from_bytes(said[3:7], "big")
    return said[7:end] if len(said) > end and said[end] == _FRAME_END else b""


def _method(said: bytes) -> tuple[int, int] | None:
    payload = _payload(said)
    return struct.unpack_from(">HH", payload) if len(payload) >= 4 else None


def _start(said: bytes) -> _Start | None:
    if _method(said) != START:
        return None
    body = Cursor(_payload(said), 4)
    try:
        body.take(2)  # versions of the protocol
        told = _table(body.sized(">I"))
        mechanisms = body.sized(">I").split()
    except Malformed:
        return None
    return _Start(told.get(b"product", ""), told.get(b"version", ""), tuple(mechanisms))


def _table(data: bytes) -> dict[bytes, str]:
    """The strings of a field table, up to the first field of another type than those that servers use here."""
    body, found = Cursor(data), dict[bytes, str]()
    while body.left and len(found) < _MOST_PROPERTIES:
        name, kind = body.sized("B"), body.take(1)
        if kind == b"S":
            found[name] = visible(body.sized(">I").decode("utf-8", "backslashreplace"), 60)
        elif kind == b"F":
            body.sized(">I")
        elif kind == b"t":
            body.take(1)
        else:
            break
    return found


def _newer(approach: Approach) -> Confirmed:
    """The same in AMQP 1.0, where a server may let a login pass and turn the connection away after it."""
    with approach.open() as talk:
        said = talk.ask(newer.SASL_HEADER, _mechanisms_there, "protocol header of AMQP 1.0 with SASL")
        login, reason = Login.UNKNOWN, f"asked for its login mechanisms, it {talk.ended()}"
        if said.startswith(newer.PLAIN_HEADER):  # no SASL here
            login, reason = _by_opening(talk)
        elif (offer := _first(said, newer.MECHANISMS)) is not None:
            login, reason = _logged_in(talk) if offer.offers(ANONYMOUS) else (Login.REQUIRED, _NOT_ASKED)
        return Confirmed(login, reason, tuple(talk.transcript))


def _logged_in(talk: Conversation) -> tuple[Login, str]:
    said = talk.ask(newer.sasl_init(ANONYMOUS), lambda heard: bool(newer.performatives(heard)), "sasl-init ANONYMOUS")
    outcome = _first(said, newer.OUTCOME)
    if outcome is None or outcome.first_octet is None:
        return Login.UNKNOWN, f"asked to log in as nobody, it {talk.ended()}"
    return _by_opening(talk) if outcome.first_octet == 0 else (Login.REQUIRED, _NO_ENTRY)


def _by_opening(talk: Conversation) -> tuple[Login, str]:
    words = newer.PLAIN_HEADER + newer.opened(CONTAINER) + newer.closed()
    said = talk.ask(words, lambda heard: _first(heard, newer.CLOSE) is not None, "open, close")
    close = _first(said, newer.CLOSE)
    if close is None or _first(said, newer.OPEN) is None:
        return Login.UNKNOWN, f"asked to open a connection as nobody, it {talk.ended()}"
    if not close.condition:
        return Login.NOT_NEEDED, ""
    if close.condition == "amqp:unauthorized-access":
        return Login.REQUIRED, _NO_ENTRY
    return Login.UNKNOWN, f"asked to open a connection as nobody, it closed it with {close.condition}"


def _mechanisms_there(said: bytes) -> bool:
    return said.startswith(newer.PLAIN_HEADER) or bool(newer.performatives(said))


def _first(said: bytes, code: int) -> newer.Performative | None:
    return next((one for one in newer.performatives(said) if one.code == code), None)


PROTOCOL = Protocol(
    "amqp",
    (5672,),
    "a protocol header; where the login mechanism ANONYMOUS is offered, a login with it",
    confirm,
    aliases=("amqps",),
    tls_ports=(5671,),
)
