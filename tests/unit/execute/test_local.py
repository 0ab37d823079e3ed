"""What a worker thread's failure does to the run: the caller hears of it, and nobody works on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import fleet
import pytest

from posture.engine.unit import Job
from posture.execute.local import run_local
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.store import Store, open_store
from posture.store.errors import DatabaseFull

HOSTS = 60


class Full:
    """A real store whose disk is full from one commit on."""

    def __init__(self, store: Store, after: int) -> None:
        self.store, self.left, self.lock = store, after, threading.Lock()
        self.given_up = False

    def __getattr__(self, name: str):
        return getattr(self.store, name)

    def claim(self, *arguments):
        if self.given_up:
            raise RuntimeError("the test ended: a worker that was not stopped is")
        return self.store.claim(*arguments)

    def commit(self, *arguments) -> bool:
        with self.lock:
            self.left -= 1
            if self.left < 0:
                raise DatabaseFull("the disk is full")
        return self.store.commit(*arguments)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        yield opened


def begun(store: Store, units) -> Job:
    plan = fleet.planned(fleet.customers(1, HOSTS))
    work = [(plan.customer[customer], resources) for customer, resources in plan.work]
    store.start_run(Run("run-1", fleet.NOON, "test", "test"), plan.digest, work, fleet.NOON)
    return Job(plan, default_policy(), units, fleet.Collector(0.01), fleet.NoAdvice(), lambda: datetime.now(UTC))


def failed(job: Job, units: Full, threads: int) -> None:
    """Run until the caller hears of the full disk; by then, or soon after, no worker is left."""
    before = set(threading.enumerate())
    watchdog = threading.Timer(30, setattr, (units, "given_up", True))
    watchdog.start()
    try:
        with pytest.raises(DatabaseFull, match="the disk is full"):
            run_local(job, units, "run-1", fleet.Silent(), threads)
        for thread in set(threading.enumerate()) - before - {watchdog}:
            thread.join()
    finally:
        watchdog.cancel()
        watchdog.join()
    assert not units.given_up, "a worker went on"


@pytest.mark.parametrize("threads", [1, 3])
def test_what_the_store_raises_reaches_the_caller_and_ends_the_others(store: Store, threads: int) -> None:
    """A full disk must never end as an audit that was done; what was finished before is kept."""
    units = Full(store, after=4)
    job = begun(store, units)
    failed(job, units, threads)
    assert store.done_units("run-1") == 4
    assert store.run("run-1").ended is None
    assert -threads <= units.left, "each worker ends with the unit it holds"


def test_one_workers_failure_stops_those_that_could_go_on(store: Store) -> None:
    """The database fails once, for one of three: the others do not do the fifty units that are left."""

    class Once(Full):
        def commit(self, *arguments) -> bool:
            with self.lock:
                self.left -= 1
                if self.left == 0:
                    raise DatabaseFull("the disk is full")
            return self.store.commit(*arguments)

    units = Once(store, after=2)
    job = begun(store, units)
    failed(job, units, 3)
    assert store.done_units("run-1") < HOSTS / 2


def test_a_run_whose_workers_all_succeed_ends(store: Store) -> None:
    """The same run without a failure: every unit done, nothing raised."""
    job = begun(store, store)
    run_local(job, store, "run-1", fleet.Silent(), 3)
    assert store.done_units("run-1") == HOSTS
    assert store.run("run-1").ended is not None
