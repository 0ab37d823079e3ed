"""What is said in other protocols before TLS begins: every one of them asks for it in its own way.

MySQL and MariaDB are not among them. They count connections that end before a login, and after 100 of them
(max_connect_errors) turn an address away until they are restarted: ten looks would blind every later one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.identity import Identity


class NotOffered(Exception):
    """The server says that it does not speak TLS on this port."""


class NotReached(Exception):
    """It never came to TLS; the message follows "it"."""


_REPLY = re.compile(rb"^(\d{3})(?: [^\n]*|\r)?\n", re.MULTILINE)  # SMTP, FTP: in all lines but the last stands a "-"
_LDAP_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"  # RFC 4511, 4.14.1
_LDAP_SUCCESS = 0
_LENGTH = rb"(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)"  # X.690, 8.1.3
# LDAPMessage: SEQUENCE, message id 1, ExtendedResponse, its result code
_LDAP_ANSWER = re.compile(rb"\x30" + _LENGTH + rb"\x02\x01\x01\x78" + _LENGTH + rb"\x0a\x01(.)", re.DOTALL)


def _smtp(talk: Conversation, identity: Identity) -> None:
    """RFC 3207."""
    _expect(talk, _code(talk, b""), 220)
    offered = _reply(talk, b"EHLO " + identity.ehlo.encode() + b"\r\n")
    _expect(talk, _code_of(offered), 250)
    if not re.search(rb"(?mi)^250[ -]STARTTLS\b", offered):
        talk.say(b"QUIT\r\n")
        raise NotOffered
    _accepted(talk, _code(talk, b"STARTTLS\r\n"), 220, b"QUIT\r\n")


def _ftp(talk: Conversation, _identity: Identity) -> None:
    """RFC 4217."""
    _expect(talk, _code(talk, b""), 220)
    _accepted(talk, _code(talk, b"AUTH TLS\r\n"), 234, b"QUIT\r\n")


def _imap(talk: Conversation, _identity: Identity) -> None:
    """RFC 9051, 6.2.1."""
    _line(talk, b"", rb"\* OK\b")
    answer = talk.ask(b"a STARTTLS\r\n", lambda said: bool(re.search(rb"(?m)^a [^\n]*\n", said)))
    _taken(talk, re.search(rb"(?mi)^a OK\b", answer) is not None, b"b LOGOUT\r\n")


def _pop3(talk: Conversation, _identity: Identity) -> None:
    """RFC 2595, 4."""
    _line(talk, b"", rb"\+OK\b")
    answer = talk.ask(b"STLS\r\n", lambda said: b"\n" in said)
    _taken(talk, answer.startswith(b"+OK"), b"QUIT\r\n")


def _ldap(talk: Conversation, _identity: Identity) -> None:
    """RFC 4511, 4.14: the extended operation StartTLS."""
    answer = talk.ask(_LDAP_START_TLS, lambda said: len(said) > 1 and len(said) >= 2 + (said[1] & 0x7F))
    result = re.match(
        rb"\x30[\x00-\x84][\x00-\xff]{0,4}?\x02\x01\x01\x78[\x00-\x84][\x00-\xff]{0,4}?\x0a\x01(.)", answer, re.DOTALL
    )
    if not result:
        raise NotReached(talk.ended())
    _taken(talk, result[1][0] == _LDAP_SUCCESS, b"\x30\x05\x02\x01\x02\x42\x00")


def _postgresql(talk: Conversation, _identity: Identity) -> None:
    """PostgreSQL manual, Message Formats: SSLRequest."""
    answer = talk.ask(bytes.fromhex("00000008 04d2162f"), bool, "SSLRequest")
    if answer[:1] == b"N":
        raise NotOffered
    if answer != b"S":
        raise NotReached(talk.ended())


STARTTLS: Mapping[str, Callable[[Conversation, Identity], None]] = {
    "smtp": _smtp, "imap": _imap, "pop3": _pop3, "ftp": _ftp, "ldap": _ldap, "postgresql": _postgresql,
}  # fmt: skip
"""Protocol -> what brings a fresh conversation to where TLS begins; raises NotOffered or NotReached."""

FAREWELLS: Mapping[str, bytes] = {
    "smtp": b"QUIT\r\n", "imap": b"b LOGOUT\r\n", "pop3": b"QUIT\r\n", "ftp": b"QUIT\r\n",
    "ldap": b"\x30\x05\x02\x01\x02\x42\x00", "postgresql": b"X\x00\x00\x00\x04",
}  # fmt: skip
"""How to leave politely once TLS stands."""


def _reply(talk: Conversation, command: bytes) -> bytes:
    return talk.ask(command, lambda said: bool(_REPLY.search(said)))


def _code_of(reply: bytes) -> int:
    found = _REPLY.search(reply)
    return int(found[1]) if found else 0


def _code(talk: Conversation, command: bytes) -> int:
    return _code_of(_reply(talk, command))


def _line(talk: Conversation, command: bytes, expected: bytes) -> None:
    answer = talk.ask(command, lambda said: b"\n" in said)
    if not re.match(expected, answer):
        raise NotReached(talk.ended())


def _expect(talk: Conversation, code: int, expected: int) -> None:
    if code != expected:
        raise NotReached(f"answered with code {code}" if code else talk.ended())


def _accepted(talk: Conversation, code: int, expected: int, farewell: bytes) -> None:
    if not code:
        raise NotReached(talk.ended())
    if 400 <= code < 500:  # "TLS not available due to temporary reason" (RFC 3207, 4): another time it may be
        talk.say(farewell)
        raise NotReached(f"answered with code {code}")
    _taken(talk, code == expected, farewell)


def _taken(talk: Conversation, taken: bool, farewell: bytes) -> None:
    if taken:
        return
    if talk.ending is not Ending.ANSWERED:
        raise NotReached(talk.ended())
    talk.say(farewell)
    raise NotOffered
