"""One address that is being looked at: how everything that asks it something gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from posture.collect.network.conversation import READ_LIMIT, TIME_LIMIT
from posture.collect.network.identity import NAMELESS, Identity
from posture.collect.network.protocol import Approach
from posture.collect.scope import Datagrams, ScopeGate


@dataclass(frozen=True, slots=True)
class Target:
    """An address, the names it goes by (for SNI and Host; empty where only the address is known), and the time left.

    `site_names` are further names, which its web servers are asked for one after the other.
    `identity` is what we call ourselves where a protocol has a place for it.
    Every contact asks the gate for a permit of its own.
    """

    gate: ScopeGate
    address: str
    clock: Callable[[], datetime]
    deadline: datetime
    names: tuple[str, ...] = ()
    identity: Identity = NAMELESS
    site_names: tuple[str, ...] = ()

    @property
    def late(self) -> bool:
        """Whether the time for this address is over."""
        return self.clock() >= self.deadline

    def approach(
        self, port: int, purpose: str, *, tls: bool = False, seconds: float = TIME_LIMIT, most: int = READ_LIMIT
    ) -> Approach:
        """How to reach a TCP port for one purpose, which the action log names.

        Args:
            port: of this address.
            purpose: in a few words: ``confirm redis``.
            tls: speak TLS from the first byte.
            seconds: bound of one exchange; less where the time or the authorization ends before.
            most: bytes that are read of one exchange.

        Raises:
            ScopeError: no permit.
        """
        permit = self.gate.permit(self.address, purpose)
        left = min(self.deadline - self.clock(), self.gate.still(permit)).total_seconds()
        bound = max(0.1, min(seconds, left))
        return Approach(self.gate, permit, port, self.clock, tls, bound, most, identity=self.identity)

    @contextmanager
    def datagrams(self, port: int, purpose: str, *, answers_from_any_port: bool = False) -> Iterator[Datagrams]:
        """UDP with one port; see :meth:`ScopeGate.datagrams`.

        Raises:
            ScopeError: no permit.
            OSError: no way there.
        """
        permit = self.gate.permit(self.address, purpose)
        with self.gate.datagrams(permit, port, answers_from_any_port=answers_from_any_port) as way:
            yield way
