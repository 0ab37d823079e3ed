"""ClickHouse's native protocol: what a Hello as user default without a password gets.

Source: ClickHouse documentation, "Native protocol, client and server" (Hello, Exception), and its ErrorCodes.
"""

from __future__ import annotations

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.wire.cursor import Cursor, Malformed
from posture.facts.network import Login
from posture.model.text import visible

_HELLO, _EXCEPTION = 0, 2
_REVISION = 54058  # of the protocol; newer ones only add to it
_NOT_LET_IN = {
    192,  # UNKNOWN_USER: there is none without a name
    193,  # WRONG_PASSWORD
    194,  # REQUIRED_PASSWORD
    195,  # IP_ADDRESS_NOT_ALLOWED
    516,  # AUTHENTICATION_FAILED
}
_ADDRESS_NOT_ALLOWED = 195
_MOST_EXCEPTION = 1024  # bytes of an exception that must be there to see its code and message


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*encoded, value))


def _string(text: str) -> bytes:
    return _number(len(text)) + text.encode()


# client, its version, the protocol's revision, database, user, password
HELLO = (
    _number(_HELLO) + _string("posture audit") + _number(1) + _number(0) + _number(_REVISION)
    + _string("default") + _string("default") + _string("")
)  # fmt: skip


def confirm(approach: Approach) -> Confirmed:
    """Say Hello as the user that is there from the start, without a password, and hang up."""
    with approach.open() as talk:
        answer = talk.ask(HELLO, _complete, "Hello as user default without a password")
        return _judged(answer, talk)


def _judged(answer: bytes, talk: Conversation) -> Confirmed:
    transcript = tuple(talk.transcript)
    told = _hello(answer)
    if told is not None:
        return Confirmed(Login.NOT_NEEDED, "", transcript, product="ClickHouse", version=told)
    refused = _exception(answer)
    if refused is None:
        return unclear(talk, "asked with Hello", "ClickHouse")
    code, message = refused
    if code == _ADDRESS_NOT_ALLOWED:
        login, reason = Login.REQUIRED, "user default may not come from our address; other users were not tried"
    elif code in _NOT_LET_IN:
        login, reason = Login.REQUIRED, "user default is not let in without a password; other users were not tried"
    else:
        login, reason = Login.UNKNOWN, f"it answered with error {code}: {visible(message, 120)}"
    return Confirmed(login, reason, transcript, product="ClickHouse")


def _complete(answer: bytes) -> bool:
    """Whether enough is there to judge, or what came is neither of the two packets."""
    if not answer:
        return False
    if answer[0] not in {_HELLO, _EXCEPTION}:
        return True
    return _hello(answer) is not None or _exception(answer) is not None or len(answer) > _MOST_EXCEPTION


def _hello(answer: bytes) -> str | None:
    """The version in a Hello: name, major, minor, revision; None where it is none."""
    body = Cursor(answer)
    try:
        if body.varint() != _HELLO or not body.take(body.varint()).startswith(b"ClickHouse"):
            return None
        major, minor, _revision = body.varint(), body.varint(), body.varint()
    except Malformed:
        return None
    return f"{major}.{minor}"


def _exception(answer: bytes) -> tuple[int, str] | None:
    """Code and message of an exception, whose name must be the one that ClickHouse gives all of them."""
    body = Cursor(answer)
    try:
        if body.varint() != _EXCEPTION:
            return None
        code = body.number("<i")
        if not body.take(body.varint()).startswith(b"DB::"):
            return None
        message = body.take(body.varint())
    except Malformed:
        return None
    return code, message.decode("utf-8", "backslashreplace")


PROTOCOL = Protocol("clickhouse", (9000,), "Hello as user default without a password", confirm, tls_ports=(9440,))
