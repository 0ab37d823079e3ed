"""What a server answers to a ClientHello: its first handshake messages and alerts, whatever their bytes say they are.

Record layer: RFC 8446, 5.1. ServerHello: RFC 8446, 4.1.3. Alerts: RFC 8446, 6. Certificate: RFC 5246, 7.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST, _SERVER_HELLO_DONE = 2, 11, 13, 14
_WARNING, _CLOSE_NOTIFY = 1, 0
_LONGEST_RECORD = 16_384 + 2_048  # RFC 5246, 6.2.3
_SUPPORTED_VERSIONS = 43
_SSL2_SERVER_HELLO = 4

# Alerts that can only mean the version or the suites: handshake_failure, protocol_version, insufficient_security
_REFUSALS = frozenset({40, 70, 71})
_ALERTS = {
    0: "close_notify", 10: "unexpected_message", 40: "handshake_failure", 47: "illegal_parameter", 48: "unknown_ca",
    49: "access_denied", 50: "decode_error", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 109: "missing_extension", 112: "unrecognized_name",
    116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip


class Kind(Enum):
    """What an answer comes to."""

    AGREED = "agreed"  # a ServerHello
    REFUSED = "refused"  # an alert that says so
    TURNED_DOWN = "turned down"  # it hung up, or sent an alert that can have other reasons
    NOTHING = "nothing"  # silence, no connection, or no TLS


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `version` and `suite` of a ServerHello, else `words` that follow "it"."""

    kind: Kind
    version: int = 0
    suite: int = 0
    words: str = ""


class Malformed(ValueError):
    """The bytes are no TLS; the message follows "it"."""


def answer_in(raw: bytes) -> Answer | None:
    """The answer that these bytes are, None while it is not complete."""
    try:
        for kind, content in _messages(raw):
            answer = _alert(content) if kind == _ALERT else _server_hello(kind, content)
            if answer is not None:
                return answer
    except Malformed as error:
        return Answer(Kind.NOTHING, words=str(error))
    return None


def ssl2_answer_in(raw: bytes) -> Answer | None:
    """The same for SSL 2.0, whose refusal may come as an alert of SSL 3.0 and later."""
    if raw[:1] == bytes([_ALERT]):
        return answer_in(raw)
    if len(raw) < 3:
        return None
    if not raw[0] & 0x80 or raw[2] not in {0, _SSL2_SERVER_HELLO}:
        return Answer(Kind.NOTHING, words="answered something that is not SSL 2.0")
    if raw[2] == 0:
        return Answer(Kind.REFUSED, words="answered with an error")
    if len(raw) < 13:
        return None
    version, ciphers = int.from_bytes(raw[5:7], "big"), int.from_bytes(raw[9:11], "big")
    if version != 2 or not ciphers:
        return Answer(Kind.REFUSED, words="offered no cipher")
    return Answer(Kind.AGREED, version)


def leaf_in(raw: bytes) -> bytes | None:
    """The server's own certificate, DER, from its first answer (TLS 1.2 and before); None while it is not complete.

    Raises:
        Malformed: the answer is another one.
    """
    for kind, content in _messages(raw):
        if kind == _CERTIFICATE:
            size = int.from_bytes(content[3:6], "big")
            if len(content) < 6 or not size or len(content) < 6 + size:
                raise Malformed("sent a certificate message whose lengths do not fit")
            return content[6 : 6 + size]
        if kind == _SERVER_HELLO_DONE or (kind == _ALERT and content[0] != _WARNING):
            raise Malformed("showed no certificate")
    return None


def asks_for_certificate(raw: bytes) -> bool | None:
    """Whether the first answer (TLS 1.2 and before) has a CertificateRequest (RFC 5246, 7.4.4); None while it may come.

    Raises:
        Malformed: the bytes are no TLS.
    """
    for kind, content in _messages(raw):
        if kind == _CERTIFICATE_REQUEST:
            return True
        if kind == _SERVER_HELLO_DONE or (kind == _ALERT and content[0] != _WARNING):
            return False
    return None


def _messages(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, content) of the complete handshake messages, and alerts as (21, two bytes).

    A ClientHello's type is 1, a ServerHello's 2: no handshake message has the number 21.
    """
    waiting = b""
    for kind, fragment in _records(raw):
        if kind == _ALERT:
            if len(fragment) != 2:
                raise Malformed("sent an alert of the wrong length")
            yield _ALERT, fragment
            continue
        waiting += fragment
        while len(waiting) >= 4 and len(waiting) >= 4 + (size := int.from_bytes(waiting[1:4], "big")):
            yield waiting[0], waiting[4 : 4 + size]
            waiting = waiting[4 + size :]


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while len(raw) > at:
        if raw[at] not in {_ALERT, _HANDSHAKE} or raw[at + 1 : at + 2] not in {b"", b"\x03"}:
            raise Malformed("answered something that is not TLS")
        size = int.from_bytes(raw[at + 3 : at + 5], "big")
        if len(raw) >= at + 5 and not 0 < size <= _LONGEST_RECORD:
            raise Malformed("sent a TLS record of a length that cannot be")
        if len(raw) < at + 5 + size or len(raw) < at + 5:
            return
        yield raw[at], raw[at + 5 : at + 5 + size]
        at += 5 + size


def _alert(content: bytes) -> Answer | None:
    level, number = content
    if number == _CLOSE_NOTIFY:
        return Answer(Kind.TURNED_DOWN, words="ended the connection")
    if level == _WARNING:
        return None  # such as unrecognized_name: the handshake goes on
    words = f"answered with the alert {_ALERTS.get(number, number)}"
    return Answer(Kind.REFUSED if number in _REFUSALS else Kind.TURNED_DOWN, words=words)


def _server_hello(kind: int, content: bytes) -> Answer:
    if kind != _SERVER_HELLO:
        raise Malformed("answered with another TLS message than a ServerHello")
    session = content[34] if len(content) > 34 else 33
    if session > 32 or len(content) < 38 + session:
        raise Malformed("sent a ServerHello whose lengths do not fit")
    version = int.from_bytes(content[:2], "big")
    suite = int.from_bytes(content[35 + session : 37 + session], "big")
    extensions = content[40 + session :]
    while len(extensions) >= 4:
        number, size = int.from_bytes(extensions[:2], "big"), int.from_bytes(extensions[2:4], "big")
        if number == _SUPPORTED_VERSIONS and size == 2 and len(extensions) >= 6:
            version = int.from_bytes(extensions[4:6], "big")
        extensions = extensions[4 + size :]
    return Answer(Kind.AGREED, version, suite)
