"""A worker from its first look at the database to its leaving."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from posture.cli.errors import Broken, Exit, Usage
from posture.cli.logs import about, to_standard_error
from posture.cli.night_lead import stopping
from posture.cli.worker_checks import OpenRuns, database_for_workers, refuse_another_clock
from posture.engine.clock import Clock, steady, utc_now
from posture.engine.unit import Job
from posture.execute.children import end_children
from posture.execute.patience import MINUTE, Gone, Patience
from posture.execute.polling import Polling
from posture.execute.procrastinate_schema import NoQueue, require
from posture.execute.shift import LOG, Shift, tell
from posture.execute.workers import is_gone, this_worker
from posture.model.policy import Policy
from posture.model.unit import ClaimedUnit
from posture.store.errors import DatabaseLocked, DatabaseUnreachable, StoreError
from posture.store.store import Store

AWAY = (DatabaseUnreachable, DatabaseLocked)
_LAST_WORDS = 5.0  # seconds to give units back when nobody is left to wait for it

JobsOf = Callable[[Store, OpenRuns], Callable[[ClaimedUnit], Job | None]]
"""How units are done: of a database and the runs in it."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What a worker is told: units at once, seconds of grace, until when.

    `until_done` is the run with which it ends; None: never. `queue`: it is woken through the queue, else it looks at
    the table by itself. `tied`: it ends when its standard input does, i.e. with the process that started it. `sweeps`:
    when the queue is swept, as crontab(5) says it. `patience`: seconds that the database may stay away.
    """

    database: str
    policy: Policy
    threads: int
    grace: float = 60.0
    until_done: str | None = None
    queue: bool = True
    tied: bool = False
    sweeps: str = "* * * * *"
    patience: float = MINUTE

    @property
    def woken(self) -> bool:
        """Whether it serves the queue."""
        return self.queue and self.until_done is None


def carry_out(duty: Duty, jobs_of: JobsOf, clock: Clock = utc_now) -> int:
    """Take units of shared runs until it is over, or SIGTERM or SIGINT say so; the exit code.

    Raises:
        Usage: this machine must not take part as it is; nothing was begun.
        Broken: the database failed, or went away for more than a minute.
    """
    to_standard_error()
    LOG.setLevel(logging.INFO)
    with database_for_workers(duty.database) as store, stopping() as stop, about(worker=this_worker()):
        if duty.woken:
            _refuse_no_queue(duty)
        refuse_another_clock(store, clock)
        runs = OpenRuns(store, duty.policy)
        try:
            runs.look()
            shift = Shift(
                store, _held_to(runs, jobs_of(store, runs)), this_worker(), steady(store.server_time() or clock()), stop
            )
            if duty.tied:
                _tie(shift)
            _free_what_the_dead_hold(store, clock)
            tell("worker begins", worker=shift.worker, threads=duty.threads)
            _at_work(duty, store, shift)
        except Gone as error:
            raise Broken(
                str(error), "see that PostgreSQL runs; the service manager starts this worker again"
            ) from error
        except StoreError as error:
            raise Broken(str(error), "what was finished is kept") from error
    return Exit.DONE


def _held_to(runs: OpenRuns, job_of: Callable[[ClaimedUnit], Job | None]) -> Callable[[ClaimedUnit], Job | None]:
    def held(unit: ClaimedUnit) -> Job | None:
        runs.of(unit.run)
        return job_of(unit)

    return held


def _at_work(duty: Duty, store: Store, shift: Shift) -> None:
    patience = Patience(lambda: _answers(store), duty.patience)
    try:
        if duty.woken:
            _woken_by_the_queue(duty, store, shift, patience)
        else:
            Polling(shift, patience, lambda: _over(store, duty.until_done), AWAY).work(duty.threads, duty.grace)
    finally:
        _leave(shift)


def _woken_by_the_queue(duty: Duty, store: Store, shift: Shift, patience: Patience) -> None:
    from posture.execute.procrastinate_worker import Woken  # noqa: PLC0415  the extra, perhaps absent

    woken = Woken(store, shift, patience, AWAY, duty.threads, duty.grace, duty.sweeps)
    asyncio.run(woken.work(duty.database))


def _refuse_no_queue(duty: Duty) -> None:
    try:
        require(duty.database)
    except NoQueue as error:
        raise Usage(str(error), f"{error.step}; or do without a queue: --no-queue") from error


def _leave(shift: Shift) -> None:
    left = shift.under_way
    try:
        tell("worker leaves", unfinished=left, given_back=shift.leave())
    except StoreError as error:
        tell("worker leaves; what it held is free when its lease runs out", unfinished=left, why=error)
    end_children()


def _over(store: Store, run: str | None) -> bool:
    if run is None:
        return False
    known = store.run(run)
    return known is None or known.ended is not None


def _answers(store: Store) -> bool:
    try:
        store.server_time()
    except StoreError:
        return False
    return True


def _free_what_the_dead_hold(store: Store, clock: Clock) -> None:
    """Units of workers of this machine that were killed, so that no lease has to run out first."""
    for run in store.shared_runs():
        if freed := store.release_leases(run.id, is_gone, clock()):
            tell("freed units of workers that are gone", run=run.id, units=freed)


def _tie(shift: Shift) -> None:
    """End with whoever holds the other end of standard input: killed or not, the kernel closes it."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        tell("whoever started this worker is gone; it ends")
        last = threading.Timer(_LAST_WORDS, os._exit, [Exit.INTERRUPTED])
        last.daemon = True
        last.start()
        with contextlib.suppress(StoreError):
            shift.leave()
        end_children()
        os._exit(Exit.INTERRUPTED)

    threading.Thread(target=watch, name="tied", daemon=True).start()
