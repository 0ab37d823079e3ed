"""Workers that hang, are paused past their lease, have a wrong clock, or lose their database or disk."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from fleet import Silent
from postgresql_server import running
from simulator.collector import SimulatedCollect
from simulator.fleet import customers
from simulator.night import begin, by_threads, jobs, work
from sqlalchemy.exc import OperationalError

from posture.cli.night_executors import Threads
from posture.engine.clock import utc_now
from posture.execute.drain import drain, drain_all
from posture.model.verdict import Outcome
from posture.store import open_store
from posture.store.errors import DatabaseFull, DatabaseUnreachable

FLEET = list(customers(6, 4))
FOREVER = 10**9


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The digest of the night that nothing happens to."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('quiet')}/posture.db") as store:
        night = begin(store, FLEET)
        by_threads(store, night, jobs(store))
        return store.digest(night.run)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request, tmp_path):
    server = request.param == "postgresql" and request.getfixturevalue("postgresql")
    with open_store(server.new("posture_0") if server else f"sqlite:///{tmp_path}/posture.db") as opened:
        yield opened
        settled()


def settled() -> None:
    """Wait for threads that were left behind: they may still use the database."""
    until = time.monotonic() + 60
    while any(thread.name.startswith("unit") for thread in threading.enumerate()) and time.monotonic() < until:
        time.sleep(0.02)


class Hangs:
    """Looks as the simulation does, but hangs at some resource, each time or the first time, until it is let go."""

    def __init__(self, resource: str, times: int) -> None:
        self.resource, self.times, self.met = resource, times, 0
        self.go = threading.Event()
        self.collect = SimulatedCollect()

    def __call__(self, customer, resource, run, deadline, earlier):
        if resource.id == self.resource and self.met < self.times:
            self.met += 1
            self.go.wait(60)
        return self.collect(customer, resource, run, deadline, earlier)


def test_a_look_that_never_ends_is_given_up_and_keeps_nobody_else(store, undisturbed):
    """Three workers hang at it, one after the other; then it is not assessed, by name, and the night ends."""
    night, victim = begin(store, FLEET), FLEET[2].resources[0].id
    hangs = Hangs(victim, FOREVER)
    lease = timedelta(seconds=0.3)
    try:
        drain_all(work(store, night, jobs(store, hangs), lease=lease), Silent(), threading.Event(), threads=6)
        assert store.run(night.run).ended is not None
        assert hangs.met == 3
        assert store.progress(night.run, datetime.now(UTC)).given_up == 1
        (given_up,) = (one for one in store.facts(night.run) if one.resource == victim)
        assert {a.outcome for a in given_up.assessments} == {Outcome.NOT_ASSESSED}
        assert all("given up after 3 attempts" in a.reason for a in given_up.assessments)
        assert store.digest(night.run, FLEET[0].id)
    finally:
        hangs.go.set()


def test_a_worker_paused_past_its_lease_writes_nothing_when_it_wakes(store, undisturbed):
    """It thinks that it is alone; another has done its unit meanwhile."""
    night = begin(store, FLEET)
    hangs = Hangs(FLEET[1].resources[1].id, 1)
    paused = work(store, night, jobs(store, hangs), worker="paused", lease=timedelta(seconds=0.5))
    alone = threading.Thread(target=drain, args=(paused, Silent(), threading.Event(), FOREVER))
    alone.start()
    until = time.monotonic() + 60
    while not hangs.met and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.6)
    drain_all(work(store, night, jobs(store), worker="awake"), Silent(), threading.Event(), threads=2)
    assert store.run(night.run).ended is not None
    before = store.digest(night.run)
    hangs.go.set()
    alone.join(60)
    assert store.digest(night.run) == before == undisturbed


def test_a_clock_that_steps_by_hours_changes_nothing(store, undisturbed):
    """Leases go by a clock that never steps: else whoever is set forward takes what all others hold."""
    night = begin(store, FLEET)
    steps = iter(range(10**9))

    def stepping():
        return datetime.now(UTC) + timedelta(minutes=(-90, 0, 45)[next(steps) % 3])

    collect = SimulatedCollect(latency=0.01)
    every = [Threads(store, jobs(store, collect, stepping), Silent(), 2, 0.0, clock) for clock in (utc_now, a_bit_late)]
    threads = [threading.Thread(target=one, args=(night.run, threading.Event()), daemon=True) for one in every]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert store.run(night.run).ended is not None
    assert store.digest(night.run) == undisturbed


def a_bit_late():
    """A machine whose clock is as wrong as a worker's may be."""
    return datetime.now(UTC) - timedelta(seconds=29)


@contextmanager
def again_and_again(fail):
    """From soon on until the end: a connection that is lost while nobody uses it is replaced, and nobody notices."""
    enough = threading.Event()

    def failing():
        enough.wait(0.4)
        while not enough.wait(0.01):
            with suppress(OperationalError):  # it is starting just now
                fail()

    thread = threading.Thread(target=failing)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


@pytest.mark.postgresql
def test_a_postgresql_that_is_restarted_or_cut_off_loses_nothing(undisturbed):
    """The night ends with an error that says what to do; begun again, it ends as if nothing had been."""
    with running() as server:
        url = server.new("posture_0")
        with open_store(url) as store:
            night = begin(store, FLEET)
            for kill in ("restart", "cut off"):
                slow = jobs(store, SimulatedCollect(latency=0.3))  # two seconds of waiting at least
                with (
                    again_and_again(server.restart if kill == "restart" else server.cut_off),
                    pytest.raises(DatabaseUnreachable, match=r"lost|does not answer|start again"),
                ):
                    drain_all(work(store, night, slow), Silent(), threading.Event(), threads=3)
                settled()
                server.await_recovery()
            assert store.run(night.run).ended is None
        with open_store(url) as store:
            store.release_leases(night.run, lambda _: True, datetime.now(UTC))
            by_threads(store, night, jobs(store))
            assert store.digest(night.run) == undisturbed
            assert store.verify_actions() is None


@pytest.fixture
def small_disk(tmp_path):
    """A filesystem of 1 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small filesystem")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    mounted = subprocess.run(mount, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small filesystem cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_fills_up_stops_the_night_and_room_lets_it_go_on(small_disk, undisturbed):
    url = f"sqlite:///{small_disk}/posture.db"
    with open_store(url) as store:
        night = begin(store, FLEET)
        with pytest.raises(DatabaseFull, match="Free some space"):
            by_threads(store, night, jobs(store), threads=3)
        settled()
        assert store.run(night.run).ended is None
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    with open_store(url) as store:
        store.release_leases(night.run, lambda _: True, datetime.now(UTC))
        by_threads(store, night, jobs(store), threads=3)
        assert store.digest(night.run) == undisturbed


def test_a_unit_that_another_has_does_not_end_a_worker(store):
    """What a worker meets when the night was wound up under it."""
    night = begin(store, FLEET[:1])
    taken = []

    def job_of(unit):
        taken.append(unit)

    one = work(store, night, jobs(store))
    assert drain(type(one)(one.claim, job_of, one.over), Silent(), threading.Event(), most=2) == 2
    assert len(taken) == 2
