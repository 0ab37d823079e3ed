from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from posture.model.revocation import Revocation

PERIOD = 0.5  # seconds between two looks at most: a revocation has to be felt within one

Read = Callable[[int], Sequence[Revocation]]
"""The revocations after the one of this number. May raise ScopeError: what cannot be known, cannot be gone by."""


@dataclass(slots=True)
class Revocations:
    """What was revoked, for all gates of a process; fits posture.collect.scope.Revoked. Safe for any number of threads.

    It is asked before everything that is sent, and reads the database twice a second at most.
    """

    read: Read
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[tuple[str, str], Revocation] = field(default_factory=dict)
    _last: int = 0
    _read_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, customer: str, reference: str) -> Revocation | None:
        """The end of an authorization before its time, as the database had it half a second ago at the earliest."""
        with self._lock:
            now = self.monotonic()
            if self._read_at is None or now - self._read_at >= PERIOD:
                for new in self.read(self._last):
                    self._known.setdefault((new.customer, new.reference), new)
                    self._last = max(self._last, new.number)
                self._read_at = now
            return self._known.get((customer, reference))
