"""Redis: ``PING`` needs a login where there is one (the RESP specification; `requirepass`, ACLs)."""

from __future__ import annotations

from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

PING = b"*1\r\n$4\r\nPING\r\n"
INFO = b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"  # about the server itself: no key is read


def confirm(approach: Approach) -> Confirmed:
    """Ask PING, and what the server says of itself if it answered."""
    with approach.open() as talk:
        pong = talk.ask(PING, lambda said: b"\r\n" in said, "PING")
        if not pong.startswith(b"+PONG\r\n"):
            refusal = _refusal(pong)
            return Confirmed(*refusal, tuple(talk.transcript)) if refusal else unclear(talk, "PING")
        about = talk.ask(INFO, _info_complete, "INFO server")
        if about.startswith(b"-NOPERM"):
            reason = "it answers PING to anyone, and refuses INFO to users without that right"
            return Confirmed(Login.UNKNOWN, reason, tuple(talk.transcript))
        return Confirmed(Login.NOT_NEEDED, "", tuple(talk.transcript))


def _refusal(answer: bytes) -> tuple[Login, str] | None:
    if answer.startswith((b"-NOAUTH", b"-NOPERM")):
        return Login.REQUIRED, ""
    if answer.startswith(b"-DENIED"):
        return Login.REFUSED, "protected mode turns away other machines"
    if answer.startswith((b"-LOADING", b"-BUSY", b"-MASTERDOWN", b"-ERR max number of clients")):
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


PROTOCOL = Protocol("redis", (6379,), "PING, then INFO server", confirm, greets=greets)
