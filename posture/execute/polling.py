"""A worker that looks at the table by itself: for the processes of one machine, and where no queue can be used."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

from posture.execute.patience import Patience
from posture.execute.shift import URGENT, Shift, tell
from posture.model.unit import ClaimedUnit

PAUSE: Final = 0.5  # seconds between two looks at the table when nothing is free
_TICK: Final = 0.2


@dataclass
class Polling:
    """Slots that take units until the work is over. `lost` are the errors that mean: the database is away for a while.

    One idle slot looks at the table, the others wait until it found something: many idle slots ask no more than one.
    """

    shift: Shift
    patience: Patience
    over: Callable[[], bool]
    lost: tuple[type[Exception], ...]
    pause: float = PAUSE
    _lookout: threading.Lock = field(default_factory=threading.Lock)

    def work(self, threads: int, grace: float) -> None:
        """Do units with so many slots, and one more for what is urgent, until the work is over or the shift stops.

        Args:
            threads: slots.
            grace: seconds that units under way may take to their end when the shift is stopped.

        Raises:
            Gone: the database went away and stayed away.
            Exception: what else the store raised.
        """
        pool = ThreadPoolExecutor(threads + 1, thread_name_prefix="unit")
        slots = [pool.submit(self._slot, self._next_unit) for _ in range(threads)]
        pending = {*slots, pool.submit(self._slot, self._next_urgent)}
        stop = self.shift.stop
        try:
            while pending and not stop.is_set():
                done, pending = wait(pending, timeout=_TICK, return_when=FIRST_EXCEPTION)
                for one in done:
                    one.result()
            done, _ = wait(pending, timeout=grace)
            for one in done:
                one.result()
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _slot(self, claim: Callable[[], ClaimedUnit | None]) -> None:
        while not self.shift.stop.is_set():
            try:
                if not self.shift.turn(claim, most=sys.maxsize) and self.over():
                    return
            except self.lost as error:
                tell("database lost", why=error)
                self.shift.stop.wait(self.pause)  # one that answers, but refuses, is not asked without end
                if self.patience.wait(self.shift.stop):
                    tell("database is back", given_back=self._given_back())

    def _given_back(self) -> int:
        try:
            return self.shift.give_back_dropped()
        except self.lost:  # gone again: the next time, or when the lease runs out
            return 0

    def _claim(self, least: int | None = None) -> ClaimedUnit | None:
        unit = self.shift.claim(least)
        self.patience.well()
        return unit

    def _next_unit(self) -> ClaimedUnit | None:
        """The next unit as soon as there is one; None when there will be none any more."""
        return self._claim() or self._awaited()

    def _awaited(self) -> ClaimedUnit | None:
        with self._lookout:
            while not self.shift.stop.is_set():
                if (unit := self._claim()) is not None:
                    return unit
                if self.over():
                    return None
                self.shift.stop.wait(self.pause)
        return None

    def _next_urgent(self) -> ClaimedUnit | None:
        while not self.shift.stop.is_set():
            if (unit := self._claim(URGENT)) is not None:
                return unit
            if self.over():
                return None
            self.shift.stop.wait(self.pause)
        return None
