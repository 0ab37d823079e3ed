"""Lead a night while its units are done: free what the dead hold, wind up in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from posture.cli.night_executors import has_ended
from posture.cli.night_lease import Lease
from posture.cli.output import note, warn
from posture.engine.clock import steady, utc_now
from posture.engine.due import next_turn
from posture.execute.workers import is_gone
from posture.model.night import Night
from posture.store.store import Store

TICK = 0.25  # seconds
SEEN_TO_EVERY = timedelta(seconds=20)
LATE = "the night ended before its turn came; it is among the first next time"
OVER = "the customer's hours ended before its turn came; it is among the first next time"


class Execute(Protocol):
    """Does units of shared runs until the run has ended or `stop` is set; raises what went wrong."""

    def __call__(self, run: str, stop: threading.Event) -> None:
        """Begin, and come back when it is over."""


@dataclass(frozen=True, slots=True)
class Leader:
    """The one process that leads a night: it frees what dead workers held, and winds up in time.

    `beat` is called about every `TICK` seconds, e.g. to write metrics.
    """

    store: Store
    night: Night
    lease: Lease
    beat: Callable[[], None] = lambda: None
    clock: Callable[[], datetime] = utc_now

    def lead(self, execute: Execute, stop: threading.Event) -> bool:
        """Let the units be done. False when it was stopped before its end.

        Raises:
            Broken: another process leads the night by now.
            Exception: what the executor raised.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="executor") as beside:
            work = beside.submit(execute, self.night.run, stop)
            try:
                self._watch(work, stop)
            except BaseException:
                stop.set()
                raise
            work.result()
        return has_ended(self.store, self.night.run)

    def _watch(self, work: Future[None], stop: threading.Event) -> None:
        steadily, seen_to, wound = steady(self.clock()), None, None
        while not work.done():
            now = steadily()
            if seen_to is None or now - seen_to >= SEEN_TO_EVERY:
                self._see_to_it(now)
                seen_to = now
            if wound is None and self.clock() >= self.night.closes and not stop.is_set():
                wound = self._wind_up(self.clock())
            self.beat()
            stop.wait(TICK) if not stop.is_set() else threading.Event().wait(TICK)

    def _see_to_it(self, now: datetime) -> None:
        self.lease.must_hold()
        self._mind_their_hours(self.clock())
        freed = self.store.release_leases(self.night.run, is_gone, now)
        if freed:
            warn(f"{freed} units of workers that are gone are free again", units=freed)

    def _mind_their_hours(self, now: datetime) -> None:
        """Whose hours are over before all of him was looked at waits for his next ones, or comes the next night."""
        for customer in self.store.outside_hours(self.night.run, now):
            turn = next_turn(customer, now, self.night.closes)
            if turn is not None:
                self.store.put_off(self.night.run, customer.id, turn.opens, turn.closes, now)
            else:
                self.store.let_go(self.night.id, customer.id, OVER, now)

    def _wind_up(self, now: datetime) -> int:
        late = self.store.wind_up(self.night.id, LATE, now)
        tell = warn if late else note
        tell(
            f"The night's time is over: {late} customers were not reached; what was begun is brought to an end.",
            late=late,
        )
        return late
