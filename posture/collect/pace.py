"""How fast a customer who agreed on a rate may be asked: the packets that are no sweep's take turns here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

SWEEPS_SHARE = 3, 4  # of a customer's rate are the sweeps'; the rest is for questions
PACKETS_OF_A_CONNECTION = 6  # handshake, a question, an answer's acknowledgement, the end (RFC 9293)


def for_sweeps(rate: int) -> int:
    """The part of an agreed rate, in packets a second, that sweeps may take; 0 where none was agreed."""
    part, whole = SWEEPS_SHARE
    return max(1, rate * part // whole) if rate else 0


def for_questions(rate: int) -> int:
    """The rest of it, for everything else."""
    return max(1, rate - for_sweeps(rate)) if rate else 0


class Pace:
    """Gives turns, to any number of threads: no more packets a second than the rate, for each key by itself."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free: dict[Hashable, float] = {}

    def take(self, key: Hashable, rate: int, packets: int) -> None:
        """Wait for the turn to send some packets.

        Args:
            key: what the rate is for.
            rate: packets a second; 0 for none in particular: then nobody waits.
            packets: about to be sent.
        """
        if not rate:
            return
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._free.get(key, now))
            self._free[key] = turn + packets / rate
        if turn > now:
            self._sleep(turn - now)
