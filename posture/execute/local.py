"""Run the units of one run with threads of this process."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Protocol

from posture.engine.ports import Units
from posture.engine.unit import LEASE, Job, run_unit
from posture.execute.workers import this_worker
from posture.model.run import Run
from posture.model.unit import ClaimedUnit

IDLE = 0.2  # seconds between looks at the table while other threads hold the last units


class LocalUnits(Units, Protocol):
    """The table of work, with what a local executor asks besides."""

    def run(self, run: str) -> Run | None:
        """The run; its `ended` is set once all units are done."""


class Watcher(Protocol):
    """Told what happens; called from worker threads."""

    def started(self, unit: ClaimedUnit) -> None:
        """A worker holds this unit now."""

    def ended(self, unit: ClaimedUnit) -> None:
        """It is done, or somebody else's."""


def run_local(job: Job, units: LocalUnits, run: str, watcher: Watcher, threads: int) -> None:
    """Do all units of a run, including those that other processes leave behind.

    Args:
        job: plan, policy and ports.
        units: the table of work; the same as the job's.
        run: its id.
        watcher: told of each unit.
        threads: how many units at once.

    Raises:
        KeyboardInterrupt: at once; units that are not done stay in the table for the next start.
        Exception: what the store raised (a full disk, a lost database); the other workers stop after their unit.
    """
    stop = threading.Event()
    pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="unit")
    work = [pool.submit(_until_done, job, units, run, watcher, stop) for _ in range(max(1, threads))]
    try:
        wait(work, return_when=FIRST_EXCEPTION)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
    for done in work:
        done.result()


def _until_done(job: Job, units: LocalUnits, run: str, watcher: Watcher, stop: threading.Event) -> None:
    worker = this_worker()
    while not stop.is_set():
        unit = units.claim(run, worker, LEASE, job.clock())
        if unit is not None:
            watcher.started(unit)
            run_unit(job, unit)
            watcher.ended(unit)
        elif _ended(units, run):
            return
        else:
            stop.wait(IDLE)


def _ended(units: LocalUnits, run: str) -> bool:
    known = units.run(run)
    return known is None or known.ended is not None
