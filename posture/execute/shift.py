"""What one worker process has under way: units taken, done, and given back when it must leave before their end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from posture.engine.clock import Clock, utc_now
from posture.engine.unit import LEASE, Job
from posture.execute.drain import Work, drain
from posture.model.text import visible
from posture.model.unit import ClaimedUnit

URGENT: Final = 50  # the lowest priority that does not wait for a night's units
LOG: Final = logging.getLogger("posture.worker")
_LEAVING: Final = 5.0  # seconds that a claim on its way may take when the worker leaves


class SharedUnits(Protocol):
    """The table of work, as a worker of shared runs needs it."""

    def claim_shared(
        self, worker: str, lease: timedelta, now: datetime, least: int | None = None
    ) -> ClaimedUnit | None:
        """The next unit of any shared run."""

    def give_back(self, units: Iterable[ClaimedUnit], now: datetime) -> int:
        """Free units that their holder will not finish."""


def tell(what: str, **about: object) -> None:
    """A line in the worker's log: words, then what they are about as ``name=value``."""
    told = {name: f"{value:.2f}" if isinstance(value, float) else visible(str(value)) for name, value in about.items()}
    numbers = {name: value for name, value in about.items() if isinstance(value, int | float)}
    LOG.info("%s", " ".join([what, *(f"{name}={value}" for name, value in told.items())]), extra={**told, **numbers})


@dataclass
class Shift:
    """One worker process at work; used by all its threads. Once `stop` is set nothing is begun any more."""

    units: SharedUnits
    job_of: Callable[[ClaimedUnit], Job | None]
    worker: str
    clock: Clock = utc_now
    stop: threading.Event = field(default_factory=threading.Event)
    _held: dict[int, tuple[ClaimedUnit, float]] = field(default_factory=dict)  # by thread
    _dropped: list[ClaimedUnit] = field(default_factory=list)
    _claims: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def claim(self, least: int | None = None) -> ClaimedUnit | None:
        """The next unit for this thread; None when there is none now, or the worker is stopping."""
        with self._changed:
            if self.stop.is_set():
                return None
            self._claims += 1
        unit = None
        try:
            unit = self.units.claim_shared(self.worker, LEASE, self.clock(), least)
        finally:
            with self._changed:
                self._claims -= 1
                if unit is not None:
                    self._held[threading.get_ident()] = unit, time.monotonic()
                self._changed.notify_all()
        return unit

    def turn(self, claim: Callable[[], ClaimedUnit | None], most: int, seconds: float | None = None) -> int:
        """Do units with this thread until none is free, `most` are done or the seconds are over; how many were done.

        Raises:
            Exception: what the store raised; the unit under way is one to give back then.
        """
        until = None if seconds is None else time.monotonic() + seconds
        work = Work(claim, self.job_of, lambda: False)
        done = 0
        try:
            while done < most and (until is None or time.monotonic() < until):
                if not drain(work, self, self.stop, most=1):
                    break
                done += 1
        except BaseException:
            self._drop()
            raise
        return done

    def started(self, unit: ClaimedUnit) -> None:
        """Nothing to say before its end."""

    def ended(self, unit: ClaimedUnit) -> None:
        """Say so, in one line."""
        with self._changed:
            held = self._held.pop(threading.get_ident(), None)
        seconds = time.monotonic() - held[1] if held else 0.0
        what = "unit done" if unit.resource else "customer done"
        about = {"customer": unit.customer} | ({"resource": unit.resource} if unit.resource else {})
        tell(what, **about, run=unit.run, unit=unit.id, attempt=unit.attempt, seconds=round(seconds, 2))

    def give_back_dropped(self) -> int:
        """Free the units that a lost database kept this worker from finishing; call it when it answers again."""
        with self._changed:
            mine, self._dropped = self._dropped, []
        try:
            return self.units.give_back(mine, self.clock()) if mine else 0
        except BaseException:
            with self._changed:
                self._dropped += mine
            raise

    def leave(self) -> int:
        """Free all that this worker holds; what it still does is thrown away. How many units that were.

        Raises:
            StoreError: the database does not answer; their leases run out by themselves.
        """
        self.stop.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._claims, timeout=_LEAVING)
            self._dropped += [unit for unit, _ in self._held.values()]
            self._held.clear()
        return self.give_back_dropped()

    @property
    def under_way(self) -> int:
        """How many units are being looked at."""
        return len(self._held)

    def _drop(self) -> None:
        with self._changed:
            held = self._held.pop(threading.get_ident(), None)
            if held:
                self._dropped.append(held[0])
