"""Take units until there are none: the loop that every executor turns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from posture.engine.unit import Job, run_unit
from posture.model.unit import ClaimedUnit

AFTER_ALL = 2.0  # seconds for threads that look at nothing any more to see that the work is over
IDLE = 0.2  # seconds between looks at the table while others hold the last units


class Watcher(Protocol):
    """Told what happens; called from worker threads."""

    def started(self, unit: ClaimedUnit) -> None:
        """A worker holds this unit now."""

    def ended(self, unit: ClaimedUnit) -> None:
        """It is done, or somebody else's."""


@dataclass(frozen=True, slots=True)
class Work:
    """Where units come from, and how each is done.

    `claim` takes the next unit, None when none is free now. `job_of` tells what a unit needs, None
    where it was taken out of the run meanwhile; `over` whether no unit will be free any more.
    """

    claim: Callable[[], ClaimedUnit | None]
    job_of: Callable[[ClaimedUnit], Job | None]
    over: Callable[[], bool]


def drain(work: Work, watcher: Watcher, stop: threading.Event, most: int) -> int:
    """Do the units that are free now, `most` at most; how many were done.

    Raises:
        Exception: what the store raised (a full disk, a lost database); the unit's lease runs out by itself.
    """
    done = 0
    while done < most and not stop.is_set() and (unit := work.claim()) is not None:
        watcher.started(unit)
        if (job := work.job_of(unit)) is not None:
            run_unit(job, unit)
        watcher.ended(unit)
        done += 1
    return done


def drain_all(work: Work, watcher: Watcher, stop: threading.Event, threads: int, grace: float = 0.0) -> None:
    """Do units with threads of this process until the work is over, or `stop` is set.

    Args:
        work: where they come from.
        watcher: told of each.
        stop: set from outside, nothing is begun any more.
        threads: how many units at once.
        grace: seconds that units under way may take to their end once `stop` is set.

    Raises:
        KeyboardInterrupt: at once; units that are not done stay in the table for the next start.
        Exception: what the store raised; the other threads stop after their unit.
    """
    pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="unit")
    failed = threading.Event()
    waiting = [pool.submit(_turn, work, watcher, stop, failed) for _ in range(max(1, threads))]
    try:
        pending = set(waiting)
        while pending and not failed.is_set() and not stop.is_set():
            ended, pending = wait(pending, timeout=IDLE, return_when=FIRST_EXCEPTION)
            if ended and pending and not failed.is_set():  # the work is over; who still hangs holds what others did
                wait(pending, timeout=AFTER_ALL)
                break
        if stop.is_set() and not failed.is_set():
            wait(pending, timeout=grace)
    finally:
        failed.set()
        pool.shutdown(wait=False, cancel_futures=True)
    for one in waiting:
        if one.done():
            one.result()


def _turn(work: Work, watcher: Watcher, stop: threading.Event, failed: threading.Event) -> None:
    try:
        while not stop.is_set() and not failed.is_set():
            if drain(work, watcher, stop, most=1):
                continue
            if work.over():
                return
            stop.wait(IDLE)
    except BaseException:
        failed.set()
        raise
