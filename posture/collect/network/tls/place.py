"""One port that may speak TLS, and how a conversation with it comes to where TLS begins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from threading import Lock

from posture.collect.network.conversation import Conversation
from posture.collect.network.target import Target
from posture.collect.network.tls.starttls import STARTTLS, NotReached

MOST_CONNECTIONS = 25  # to one port
MOST_SECONDS = 45.0  # for one port, the last conversation aside
SECONDS = 5.0  # of one conversation
SECONDS_BEFORE = 12.0  # where another protocol comes first: mail servers let strangers wait (postscreen, greet_pause)
MOST = 32_768  # bytes of one conversation; a ServerHello has some hundred


@dataclass(slots=True)
class Spent:
    """Counts the connections to a port, and the time since the first of them."""

    _used: int = 0
    _began: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def one(self) -> None:
        """Take one.

        Raises:
            NotReached: none is left, or no time.
        """
        with self._lock:
            self._began = self._began or time.monotonic()
            if time.monotonic() - self._began > MOST_SECONDS:
                raise NotReached(f"was not asked more after {MOST_SECONDS:.0f} s")
            if self._used >= MOST_CONNECTIONS:
                raise NotReached(f"was not asked more after {MOST_CONNECTIONS} connections")
            self._used += 1


@dataclass(frozen=True, slots=True)
class Place:
    """A port of a target. `starttls` is the protocol that is spoken before TLS, empty for TLS from the first byte."""

    target: Target
    port: int
    starttls: str
    spent: Spent = field(default_factory=Spent)

    @property
    def name(self) -> str:
        """The name to send as SNI: the first known one that can be sent, else empty (RFC 6066, 3: no addresses)."""
        return next((sendable for name in self.target.names if (sendable := _sendable(name))), "")

    @contextmanager
    def open(self, purpose: str, most: int = MOST) -> Iterator[Conversation]:
        """A conversation in which a ClientHello comes next; closed at the end.

        Raises:
            ScopeError: no permit.
            NotOffered: there is no TLS on this port.
            NotReached: the time or the connections are used up, or it never came to TLS.
            OSError: no connection.
        """
        if self.target.late:
            raise NotReached("was not asked: the time for this host was over")
        self.spent.one()
        seconds = SECONDS_BEFORE if self.starttls else SECONDS
        with self.target.approach(self.port, purpose, seconds=seconds, most=most).open() as talk:
            if self.starttls:
                STARTTLS[self.starttls](talk, self.target.identity)
            yield talk


def _sendable(name: str) -> str:
    """The name in ASCII; empty for addresses and what is no name."""
    try:
        ip_address(name)
    except ValueError:
        pass
    else:
        return ""
    try:
        return name.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return ""
