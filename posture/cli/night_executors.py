"""Who does a night's units: threads of this process, processes of this machine, or workers on any."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from posture.cli.database_url import for_children
from posture.cli.errors import Broken, Usage
from posture.cli.output import note, warn
from posture.engine.clock import steady, utc_now
from posture.engine.unit import LEASE, Job
from posture.execute.drain import Watcher, Work, drain_all
from posture.execute.patience import Gone, Patience
from posture.execute.processes import NobodyLeft, run_processes
from posture.execute.workers import this_worker
from posture.model.shared_run import SharedRun
from posture.model.unit import ClaimedUnit
from posture.store.errors import DatabaseLocked
from posture.store.store import Store

_LOOKED_EVERY: Final = 1.0  # seconds between looks at a run that others do
_WOKEN_EVERY: Final = 60  # looks; in between, workers wake each other


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process, which do this run's units and no other's; the one executor that SQLite has."""

    store: Store
    job_of: Callable[[ClaimedUnit], Job | None]
    watcher: Watcher
    threads: int
    grace: float
    clock: Callable[[], datetime] = utc_now

    def __call__(self, run: str, stop: threading.Event) -> None:
        """Take units until the run has ended, or `stop` is set and the grace is over."""
        worker, clock, patience = this_worker(), steady(self.clock()), Patience(lambda: True)

        def claim() -> ClaimedUnit | None:
            try:
                unit = self.store.claim(run, worker, LEASE, clock())
            except DatabaseLocked as error:  # nothing was taken; whoever holds the database lets go of it
                try:
                    patience.wait(stop)
                except Gone:
                    raise error from None
                return None
            patience.well()
            return unit

        work = Work(claim, self.job_of, over=lambda: has_ended(self.store, run))
        drain_all(work, self.watcher, stop, self.threads, self.grace)


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """Worker processes of this machine, which end with the run, or with this process."""

    database: str
    count: int
    threads: int
    sessions: int
    grace: float
    policy_file: Path | None

    def __call__(self, run: str, stop: threading.Event) -> None:
        """Let them work until the run has ended, or `stop` is set and the grace is over.

        Raises:
            Broken: none of them can work.
        """
        options = ["--sessions", str(self.sessions)]
        options += ["--policy", str(self.policy_file)] if self.policy_file else []
        try:
            run_processes(
                run,
                self.count,
                self.threads,
                stop,
                database=for_children(self.database, os.environ),
                grace=self.grace,
                say=note,
                options=options,
            )
        except NobodyLeft as error:
            raise Broken(str(error), "see what they said above; the same command goes on where it stopped") from error


@dataclass(frozen=True, slots=True)
class Workers:
    """Whoever serves the queue: this process only wakes them, and sees when the run has ended.

    `ending` is who closes what is left once the night's time is over, should no worker be there: of how many resources
    there are, and how many are done.
    """

    store: Store
    database: str
    ending: Callable[[int, int], Threads]

    def __call__(self, run: str, stop: threading.Event) -> None:
        """Wait until the run has ended, or `stop` is set: workers go on with what is left all the same.

        Raises:
            Usage: the extra is missing, or the queue's tables are.
        """
        looks, alone, winding = 0, False, False
        while (known := self._open(run)) is not None and not stop.is_set():
            if looks % _WOKEN_EVERY == 0 or known.winding is not winding:  # wound up, more of it is free
                winding = known.winding
                alone = self._wake(run, alone=alone)
                if alone and winding:
                    self._end(run, stop)
            looks += 1
            stop.wait(_LOOKED_EVERY)

    def _open(self, run: str) -> SharedRun | None:
        return next((known for known in self.store.shared_runs() if known.id == run), None)

    def _end(self, run: str, stop: threading.Event) -> None:
        """Nothing is looked at any more, so that this process may do it: else the night would block all others."""
        note("No worker is alive: this process closes what is left of the night; it contacts nobody.")
        units = self.store.progress(run, utc_now())
        self.ending(units.total, units.done)(run, stop)

    def _wake(self, run: str, *, alone: bool) -> bool:
        """Wake them; whether nobody is there, which is told once."""
        try:
            from posture.execute.procrastinate_schema import NoQueue, require  # noqa: PLC0415  the extra, perhaps absent

            require(self.database)
        except NoQueue as error:
            raise Usage(str(error), error.step) from error
        from posture.execute.procrastinate_wake import wake_workers  # noqa: PLC0415  likewise

        progress = self.store.progress(run, utc_now())
        nobody = wake_workers(self.database, progress.queued + progress.lapsed + progress.unfinished) == 0
        if nobody and not alone:
            warn("No worker is alive: the night waits. Start one: posture worker")
        return nobody


def has_ended(store: Store, run: str) -> bool:
    """Whether all of a run is done."""
    known = store.run(run)
    return known is None or known.ended is not None
