"""Redis: ``PING`` needs a login where there is one (the RESP specification; `requirepass`, ACLs).

A default user without a password may be kept to ``PING`` and ``INFO``, for health checks: ``DBSIZE`` tells.
"""

from __future__ import annotations

import re

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

PING = b"*1\r\n$4\r\nPING\r\n"
INFO = b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"  # about the server itself: no key is read
DBSIZE = b"*1\r\n$6\r\nDBSIZE\r\n"  # how many keys there are: none is named
# What goes wrong only after it was settled who asks (server.c, processCommand; acl.c).
_AFTER_LOGIN = (b"-MISCONF", b"-MASTERDOWN", b"-LOADING", b"-BUSY")
_DENIALS = (b"-NOPERM", b"-NOAUTH")
_VERSION = re.compile(rb"(redis|valkey)_version:(\d{1,4})((?:\.\d{1,4}){0,3})")
_PAIR = re.compile(rb"\*2\r\n\$\d+\r\n([^\r\n]*)\r\n\$\d+\r\n([^\r\n]*)\r\n")


def confirm(approach: Approach) -> Confirmed:
    """Ask PING, and if it is answered what the server says of itself, and whether strangers may ask for data.

    Protected mode never refuses its own machine: asked from there, the server is asked for that setting.
    """
    with approach.open() as talk:
        pong = talk.ask(PING, lambda said: b"\r\n" in said, "PING")
        if not pong.startswith((b"+PONG\r\n", *_AFTER_LOGIN)):
            refusal = _refusal(pong)
            return Confirmed(*refusal, tuple(talk.transcript)) if refusal else unclear(talk, "asked with PING", "Redis")
        about = talk.ask(INFO, _info_complete, "INFO server")
        size = b"" if about.startswith(_DENIALS) else talk.ask(DBSIZE, lambda said: b"\r\n" in said, "DBSIZE")
        if denied := _denied(about, "INFO") or _denied(size, "DBSIZE"):
            return Confirmed(*denied, tuple(talk.transcript))
        refuses_others = approach.permit.address.is_loopback and _refuses_others(talk, about)
        reason = "its protected mode is on" if refuses_others else ""
        product, version = _identity(about)
        transcript = tuple(talk.transcript)
        return Confirmed(
            Login.NOT_NEEDED,
            reason,
            transcript,
            refuses_others=refuses_others,
            product=product,
            version=version,
        )


def _denied(answer: bytes, command: str) -> tuple[Login, str] | None:
    if answer.startswith(b"-NOAUTH"):
        return Login.REQUIRED, f"it answers PING to anyone, and asks for a login for {command}"
    if answer.startswith(b"-NOPERM"):
        return Login.UNKNOWN, f"it answers PING to anyone, and refuses {command} to users without that right"
    return None


def _identity(about: bytes) -> tuple[str, str]:
    """Product and version; Valkey tells the version of Redis that it is compatible with as well."""
    told = {found[1]: (found[2] + found[3]).decode() for found in _VERSION.finditer(about)}
    if b"valkey" in told:
        return "Valkey", told[b"valkey"]
    return ("Redis", told[b"redis"]) if told else ("", "")


def _refuses_others(talk: Conversation, about: bytes) -> bool:
    """Whether protected mode turns away every machine but its own, as long as it lets this one in without a password.

    Before Redis 7 it did so only while no `bind` was set (redis.conf, "protected-mode"; networking.c of both).
    """
    if _setting(talk, b"protected-mode") != b"yes":
        return False
    version = _VERSION.search(about)
    return version is not None and (int(version[2]) >= 7 or _setting(talk, b"bind") == b"")


def _setting(talk: Conversation, name: bytes) -> bytes | None:
    """The value of a setting; None where it is not told."""
    words = b"*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$%d\r\n%s\r\n" % (len(name), name)
    answer = talk.ask(words, _pair_complete, f"CONFIG GET {name.decode()}")
    told = _PAIR.fullmatch(answer)
    return told[2] if told and told[1] == name else None


def _pair_complete(answer: bytes) -> bool:
    return bool(_PAIR.fullmatch(answer)) or (b"\r\n" in answer and not answer.startswith(b"*2\r\n"))


def _refusal(answer: bytes) -> tuple[Login, str] | None:
    if answer.startswith(b"-NOAUTH"):
        return Login.REQUIRED, ""
    if answer.startswith(b"-NOPERM"):  # an ACL that lets its default user in without a password, for other commands
        return Login.UNKNOWN, "it lets anyone in without a password and refuses PING; other commands were not tried"
    if answer.startswith(b"-DENIED"):
        return Login.REFUSED, "protected mode turns away other machines"
    if answer.startswith(b"-ERR max number of clients"):
        return Login.UNKNOWN, "it is too busy to answer; audit it again later"
    return None


def _info_complete(answer: bytes) -> bool:
    """Whether the bulk string announced by ``$LENGTH`` is there; a simple line (an error) ends by itself."""
    head, newline, body = answer.partition(b"\r\n")
    if not newline or not head.startswith(b"$"):
        return bool(newline)
    digits = head[1:7]
    return not digits.isdigit() or len(body) >= int(digits)


def greets(greeting: bytes) -> bool:
    """Whether this is protected mode's refusal, which comes before any question; nmap 7.93 does not know it."""
    return greeting.startswith(b"-DENIED Redis")


PROTOCOL = Protocol(
    "redis",
    (6379,),
    "PING, then INFO server and DBSIZE; through loopback also CONFIG GET protected-mode and bind",
    confirm,
    greets=greets,
)
