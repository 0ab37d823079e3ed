"""Run the units of one run with threads of this process."""

from __future__ import annotations

import threading
from typing import Protocol

from posture.engine.clock import steady
from posture.engine.ports import Units
from posture.engine.unit import LEASE, Job
from posture.execute.drain import Watcher, Work, drain_all
from posture.execute.workers import this_worker
from posture.model.run import Run


class LocalUnits(Units, Protocol):
    """The table of work, with what a local executor asks besides."""

    def run(self, run: str) -> Run | None:
        """The run; its `ended` is set once all units are done."""


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
    worker, clock = this_worker(), steady(job.clock())
    work = Work(
        claim=lambda: units.claim(run, worker, LEASE, clock()),
        job_of=lambda _: job,
        over=lambda: _ended(units, run),
    )
    drain_all(work, watcher, threading.Event(), threads)


def _ended(units: LocalUnits, run: str) -> bool:
    known = units.run(run)
    return known is None or known.ended is not None
