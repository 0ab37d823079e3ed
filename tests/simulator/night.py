"""A night over the invented fleet, through the engine, the executors and the databases as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from fleet import Silent
from simulator.advice import SimulatedAdvice
from simulator.collector import SimulatedCollect
from simulator.fleet import opened

from posture.cli.shared_job import SharedJobs
from posture.engine.clock import Clock
from posture.engine.due import Due, staleness
from posture.engine.night_plan import turns
from posture.engine.ports import Collect
from posture.engine.unit import LEASE
from posture.execute.drain import Watcher, Work, drain_all
from posture.execute.workers import this_worker
from posture.model.customer import Customer
from posture.model.night import Night, NightRules
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.store import Store

LENGTH = timedelta(hours=8)


def begin(store: Store, fleet: Iterable[Customer], number: int = 0, rules: NightRules | None = None) -> Night:
    """Write the night of that number; who was seen longest ago comes first. One that has begun stays as it is."""
    name, start = f"night-{number:03}", opened(number)
    run = Run(f"{start:%Y%m%dT%H%M%SZ}-{number:04x}", start, "simulated", "simulated")
    night = Night(name, run.id, start, datetime.now(UTC) + LENGTH)
    last = store.last_nights()
    work = (turns(customer, Due(), staleness(last.get(customer.id), start)) for customer in fleet)
    store.begin_night(night, run, work, rules or NightRules(), start)
    return store.night(name) or night


def jobs(store: Store, collect: Collect | None = None, clock: Clock = lambda: datetime.now(UTC)) -> SharedJobs:
    """What units need, with every check that there is."""
    return SharedJobs(store, default_policy(), collect or SimulatedCollect(), SimulatedAdvice(), clock)


def by_threads(
    store: Store,
    night: Night,
    job_of: SharedJobs,
    threads: int = 4,
    watcher: Watcher | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Do all units of the night with threads of this process."""
    drain_all(work(store, night, job_of), watcher or Silent(), stop or threading.Event(), threads)


def work(
    store: Store,
    night: Night,
    job_of: SharedJobs,
    worker: str = "",
    lease: timedelta = LEASE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Work:
    """The night's units, as `worker` or as this process takes them."""
    name = worker or this_worker()

    def over() -> bool:
        run = store.run(night.run)
        return run is None or run.ended is not None

    return Work(lambda: store.claim_shared(name, lease, clock()), job_of, over)
