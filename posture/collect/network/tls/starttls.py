"""What is said in other protocols before TLS begins: every one of them asks for it in its own way.

MySQL and MariaDB are not among them. They count connections that end before a login, and after 100 of them
(max_connect_errors) turn an address away until they are restarted: ten looks would blind every later one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from posture.collect.network.confirm.postgresql import SSL_REQUEST
from posture.collect.network.conversation import Conversation, Ending
from posture.collect.network.identity import Identity
from posture.collect.network.replies import reply
from posture.collect.network.wire import ldap
from posture.collect.network.wire.ber import element


class NotOffered(Exception):
    """The server says that it does not speak TLS on this port."""


class NotReached(Exception):
    """It never came to TLS; the message follows "it"."""


_LDAP_UNBIND = ldap.message(2, element(ldap.UNBIND))


def _smtp(talk: Conversation, identity: Identity) -> None:
    """RFC 3207."""
    _expect(talk, reply(talk, b"")[0], 220)
    code, offered = reply(talk, b"EHLO " + identity.ehlo.encode() + b"\r\n")
    _expect(talk, code, 250)
    if not re.search(rb"(?mi)^250[ -]STARTTLS\b", offered):
        talk.say(b"QUIT\r\n")
        raise NotOffered
    _accepted(talk, reply(talk, b"STARTTLS\r\n")[0], 220, b"QUIT\r\n")


def _ftp(talk: Conversation, _identity: Identity) -> None:
    """RFC 4217."""
    _expect(talk, reply(talk, b"")[0], 220)
    _accepted(talk, reply(talk, b"AUTH TLS\r\n")[0], 234, b"QUIT\r\n")


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
    said = talk.ask(ldap.message(1, ldap.START_TLS), ldap.until(ldap.EXTENDED_ANSWER), "StartTLS")
    answered = next((ldap.result_code(one) for number, one in ldap.operations(said) if number == 1), None)
    if answered is None:
        raise NotReached(talk.ended())
    _taken(talk, answered == ldap.SUCCESS, _LDAP_UNBIND)


def _postgresql(talk: Conversation, _identity: Identity) -> None:
    """PostgreSQL manual, Message Formats: SSLRequest."""
    answer = talk.ask(SSL_REQUEST, bool, "SSLRequest")
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
    "ldap": _LDAP_UNBIND, "postgresql": b"X\x00\x00\x00\x04",
}  # fmt: skip
"""How to leave politely once TLS stands."""


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
