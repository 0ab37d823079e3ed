"""What a UDP service is asked, and what its answer says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from posture.facts.network import Login

Answers = Sequence[tuple[bytes, ...]]
"""The datagrams that came back, in order: a tuple for each request of the service, empty where none came."""


@dataclass(frozen=True, slots=True)
class Request:
    """One datagram that changes nothing on the other side. `asked` says for people what it asks."""

    asked: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Recognised:
    """What answers that are of the protocol showed.

    `reason` says why `login` is UNKNOWN or what limits it, `weakness` names what is wrong (see :class:`OpenPort`).
    """

    login: Login = Login.UNKNOWN
    reason: str = ""
    product: str = ""
    version: str = ""
    weakness: str = ""


@dataclass(frozen=True, slots=True)
class UdpService:
    """A service by its usual port: `name` is nmap's, `source` the document that the requests follow.

    `read` is given at least one datagram and returns None when what answered does not speak the protocol. It never
    raises, whatever the datagrams hold. `answers_from_any_port` is for services that answer from another port.
    """

    name: str
    port: int
    source: str
    requests: tuple[Request, ...]
    read: Callable[[Answers], Recognised | None]
    answers_from_any_port: bool = False


def first(answers: Answers) -> bytes:
    """The first datagram that any request got."""
    return next(datagrams[0] for datagrams in answers if datagrams)
