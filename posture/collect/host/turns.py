"""How many logins are in progress at once: the only part of a session that costs this machine more than waiting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class Turns:
    """So many at once. Who has waited long enough goes on all the same: a host that dawdles must not stop others."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    @contextmanager
    def one(self, patience: float) -> Iterator[None]:
        """Wait for a turn, `patience` seconds at most, and hold it; without one where none came."""
        taken = self._free.acquire(timeout=patience)
        try:
            yield
        finally:
            if taken:
                self._free.release()


LOGINS = Turns(4 * (os.cpu_count() or 1))
"""A key exchange and login take about ten milliseconds of a processor, and several round trips."""
