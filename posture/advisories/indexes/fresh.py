"""Fetch the indexes that a run's hosts need: each once, so many at most, and never past a host's time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from posture.advisories.errors import NoSources, RefreshError
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages

MOST_NEW = 24  # indexes a run fetches that were not kept before: hosts choose them, and each costs minutes and disk
FAIR_TIME = timedelta(minutes=5)  # a mirror that was given so long and failed is not asked again

_TOO_MANY = "this run has fetched as many new indexes as one run may; the next audit fetches it"
_TOO_LATE = "the time for the host was over before it could be fetched; the next audit fetches it"
_NO_TIME = timedelta(0)


@dataclass(slots=True)
class _Turn:
    """Who fetches an index; the others wait. `done`: it is not asked for again in this run."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False


class FreshIndexes:
    """Asks for each index at most once a run: with a mirror down, ten thousand hosts must not wait for it each.

    Hosts that need different indexes do not wait for each other.
    """

    def __init__(self, indexes: IndexAdvisor, clock: Callable[[], datetime], most_new: int = MOST_NEW) -> None:
        self._indexes = indexes
        self._clock = clock
        self._most_new = most_new
        self._turns: dict[IndexName, _Turn] = {}
        self._new = 0
        self._lock = threading.Lock()

    def prepare(self, release: OsRelease, packages: InstalledPackages, deadline: datetime) -> None:
        """Bring the indexes of a system up to date; nothing is fetched after the deadline.

        A failure is kept by the advisor, which says so where it judges.
        """
        with suppress(NoSources):
            for name in self._indexes.needed(release, packages):
                self._once(name, deadline)

    def _once(self, name: IndexName, deadline: datetime) -> None:
        turn = self._turn(name)
        if not turn.lock.acquire(timeout=max(_NO_TIME, deadline - self._clock()).total_seconds()):
            self._indexes.decline(name, _TOO_LATE)
            return
        try:
            if not turn.done:
                self._fetch(name, turn, deadline)
        finally:
            turn.lock.release()

    def _fetch(self, name: IndexName, turn: _Turn, deadline: datetime) -> None:
        now = self._clock()
        left = deadline - now
        if left <= _NO_TIME:
            self._indexes.decline(name, _TOO_LATE)
            return
        turn.done = left >= FAIR_TIME  # one slow host's last seconds must not be everybody's only try
        with suppress(RefreshError):
            self._indexes.refresh(name, now, time_limit=left)
            turn.done = True

    def _turn(self, name: IndexName) -> _Turn:
        with self._lock:
            if name not in self._turns:
                new = not self._indexes.keeps(name)
                over = new and self._new >= self._most_new
                self._new += new
                self._turns[name] = _Turn(done=over)
                if over:
                    self._indexes.decline(name, _TOO_MANY)
            return self._turns[name]
