"""A night's units done by real worker processes on a real PostgreSQL: by polling and through the queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import fleet
import psycopg
import pytest
from cut_line import Line
from owner import OWNER
from sqlalchemy import func, select
from worker_world import World, at_once, begin, ended, network_of, now, renamed, until

from posture.cli.shared_job import SharedJobs
from posture.engine.unit import LEASE
from posture.execute.drain import Work, drain_all
from posture.execute.processes import Processes
from posture.execute.procrastinate_schema import apply
from posture.execute.procrastinate_wake import wake_for_urgent, wake_workers
from posture.policy.load import default_policy
from posture.store import Store, open_store
from posture.store.roles import APP_ROLE
from posture.store.schema import scan_unit

pytestmark = pytest.mark.postgresql
PATIENCE = 60.0


@pytest.fixture(scope="module")
def with_queue(postgresql) -> str:
    """A database with a queue, the template of the others."""
    url = postgresql.new("posture_0", OWNER)
    assert apply(url, APP_ROLE) == ("schema",)
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def world(postgresql, with_queue: str, tmp_path: Path) -> Iterator[World]:
    made = World(postgresql.new(with_queue), tmp_path, [])
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    with open_store(world.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """The digest of the same night done by threads of one process on SQLite."""
    known: dict[tuple[int, int], str] = {}

    def digest(customers: int, hosts: int) -> str:
        if (customers, hosts) not in known:
            with open_store(f"sqlite:///{tmp_path_factory.mktemp('one')}/one.db") as store:
                begin(store, fleet.customers(customers, hosts))
                collect, advice = fleet.Collector(), fleet.NoAdvice()
                jobs = SharedJobs(store, default_policy(), collect, advice, now, checks=tuple(fleet.CHECKS))
                work = Work(lambda: store.claim_shared("one", LEASE, now()), jobs, lambda: ended(store))
                drain_all(work, fleet.Silent(), threading.Event(), 4)
                known[customers, hosts] = store.digest("run-1")
        return known[customers, hosts]

    return digest


@contextmanager
def lined(world: World) -> Iterator[Line]:
    """The workers of the block reach the database by a line that can be cut."""
    plain, _, folder = world.url.partition("?host=")
    line = Line(Path(folder))
    line.mend()
    world.by = f"{plain}?host={line.folder}"
    try:
        yield line
    finally:
        line.close()


def test_two_processes_come_to_the_same_findings_as_threads_do(world: World, store: Store, undisturbed) -> None:
    """Each unit is looked at once, by either."""
    begin(store, fleet.customers(6, 5))
    command = world.command("--until-done", "run-1", "--tied", "--threads", "1", "--delay", "0.2")
    Processes(command, 2, 5.0, print, world.environment)(threading.Event())
    assert ended(store)
    assert store.digest("run-1") == undisturbed(6, 5)
    looks = world.looks()
    assert set(Counter(look.resource for look in looks).values()) == {1}
    assert len({look.pid for look in looks}) == 2


def test_two_workers_of_the_queue_come_to_the_same_findings_and_leave_it_empty(
    world: World, store: Store, undisturbed
) -> None:
    """All slots of both wake; whoever led the night had only to say that there is work."""
    workers = [world.worker("--delay", "0.05", log=f"log{n}") for n in range(2)]
    until(lambda: world.count("procrastinate_workers") == 4)
    begin(store, fleet.customers(8, 5))
    assert wake_workers(world.url, 40) == 2
    until(lambda: ended(store))
    assert store.digest("run-1") == undisturbed(8, 5)
    looks = world.looks()
    assert set(Counter(look.resource for look in looks).values()) == {1}
    assert len({look.pid for look in looks}) == 2
    until(lambda: world.count("procrastinate_jobs") == 0)
    assert world.log("log0").count("unit done") + world.log("log1").count("unit done") == 40
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(PATIENCE) for worker in workers] == [0, 0]
    assert world.count("procrastinate_workers") == 0


@pytest.mark.parametrize("priority", [50, 100], ids=["recheck", "precheck"])
@pytest.mark.parametrize("how", [("--no-queue",), ()], ids=["table", "queue"])
def test_an_urgent_unit_is_taken_at_once_while_all_other_slots_are_busy(
    world: World, store: Store, how: Sequence[str], priority: int
) -> None:
    """A slot is kept for it, whatever the night's units are doing."""
    with world.holding():
        begin(store, [renamed(c, "slow") for c in fleet.customers(1, 4)], priority=40)
        world.worker("--threads", "2", *how)
        until(lambda: len(world.begun()) == 2)
        begin(store, [renamed(c, "urgent") for c in fleet.customers(1, 2)], run="run-2", priority=priority)
        wake_for_urgent(world.url)
        until(lambda: sum(look.resource.startswith("urgent") for look in world.looks()) == 2)
        assert sum(resource.startswith("slow") for resource in world.begun()) == 2
    until(lambda: ended(store) and ended(store, "run-2"))


@pytest.mark.parametrize("how", [("--no-queue",), ()], ids=["table", "queue"])
def test_urgent_units_are_begun_before_all_that_wait_of_a_night(world: World, store: Store, how: Sequence[str]) -> None:
    """Though the night was there first, and has waited longest: the highest priority first, over all runs."""
    begin(store, fleet.customers(2, 6), priority=40)
    begin(store, [renamed(c, "recheck") for c in fleet.customers(1, 3)], run="run-2", priority=50)
    begin(store, [renamed(c, "precheck") for c in fleet.customers(1, 3)], run="run-3", priority=100)
    world.worker("--threads", "1", "--delay", "0.05", *how)
    until(lambda: all(ended(store, run) for run in ("run-1", "run-2", "run-3")))
    order = [resource.partition("-")[0] for resource in world.begun()]
    beside = 1  # the other slot's: who takes a unit later may begin with it a moment earlier
    assert order[: 3 + beside].count("precheck") == 3
    assert order[: 6 + beside].count("recheck") == 3
    assert len(order) == 18


def test_networks_are_kept_within_their_bounds_over_all_workers(world: World, store: Store) -> None:
    """Two workers with eight slots each see three networks, two units at once in each."""
    for _ in range(2):
        world.worker("--threads", "8", "--delay", "0.1", "--sweeps", "* * * * * */1")
    until(lambda: world.count("procrastinate_workers") == 4)
    begin(store, fleet.customers(4, 9), networks=3, per_network=2)
    wake_workers(world.url, 16)
    until(lambda: ended(store))
    assert max(at_once(world.looks(), network_of)) == 2
    assert len({look.pid for look in world.looks()}) == 2


def test_a_network_is_one_workers_at_a_time_where_the_rules_say_so(world: World, store: Store) -> None:
    """Then packets a second into it are counted in one place."""
    for _ in range(2):
        world.worker("--threads", "4", "--delay", "0.1", "--sweeps", "* * * * * */1")
    until(lambda: world.count("procrastinate_workers") == 4)
    begin(store, fleet.customers(4, 6), networks=3, exclusive=True)
    wake_workers(world.url, 16)
    until(lambda: ended(store))
    looks = world.looks()
    together = [(a, b) for a in looks for b in looks if a.pid != b.pid and a.begun < b.ended and b.begun < a.ended]
    assert together, "both workers worked at the same time"
    assert not [pair for pair in together if network_of(pair[0]) == network_of(pair[1])]


def test_what_a_killed_worker_held_is_done_by_the_other(world: World, store: Store, undisturbed) -> None:
    """The sweep frees its leases and takes its jobs out of the queue; nobody waits for a lease of twenty minutes."""
    begin(store, fleet.customers(6, 5))
    killed = world.worker("--delay", "5", "--threads", "4")
    until(lambda: len(world.begun()) >= 4)
    other = world.worker("--delay", "0.02", "--sweeps", "* * * * * */1", log="other")
    until(lambda: str(other.pid) in world.diary.read_text())
    killed.kill()
    killed.wait()
    until(lambda: ended(store))
    assert store.digest("run-1") == undisturbed(6, 5)
    with psycopg.connect(world.url) as connection:  # as if its last sign of life were some time ago
        connection.execute("UPDATE posture_queue.procrastinate_workers SET last_heartbeat = '2026-01-01' WHERE id <= 2")
    until(lambda: world.count("procrastinate_jobs") == 0)


def test_a_deploy_in_the_middle_loses_and_doubles_nothing(world: World, store: Store, undisturbed) -> None:
    """SIGTERM to the old one, the new one started at once: each unit is looked at once."""
    begin(store, fleet.customers(6, 5))
    old = world.worker("--delay", "0.2", "--threads", "4")
    until(lambda: len(world.begun()) >= 6)
    old.send_signal(signal.SIGTERM)
    world.worker("--delay", "0.02", "--threads", "4", log="new")
    assert old.wait(PATIENCE) == 0
    until(lambda: ended(store))
    assert store.digest("run-1") == undisturbed(6, 5)
    assert set(Counter(world.begun()).values()) == {1}
    assert "was begun by posture 0.0.0-test" in world.log("new")


@pytest.mark.parametrize("how", [("--until-done", "run-1"), ("--no-queue",), ()], ids=["run", "table", "queue"])
def test_what_is_not_done_within_the_grace_is_handed_back_and_counts_as_no_attempt(
    world: World, store: Store, how: Sequence[str]
) -> None:
    """Whoever comes next takes it at once."""
    with world.holding():
        begin(store, [renamed(c, "slow") for c in fleet.customers(1, 3)])
        worker = world.worker("--threads", "2", "--grace", "0.2", *how)
        until(lambda: len(world.begun()) == 2)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
        assert "worker leaves unfinished=2 given_back=2" in world.log()
        assert (store.free_units(99, now()), len(world.begun())) == (3, 2)
        with store.database.reading("*") as connection:
            assert connection.execute(select(func.sum(scan_unit.c.attempt))).scalar() == 0


def test_the_sweep_heals_a_night_that_nobody_was_woken_for(world: World, store: Store) -> None:
    """Whoever began it was killed before it woke anybody."""
    world.worker("--sweeps", "* * * * * */2", "--threads", "4")
    until(world.alive)
    begin(store, fleet.customers(4, 5))
    until(lambda: ended(store))
    until(lambda: world.count("procrastinate_jobs") == 0)


def test_no_worker_goes_on_when_who_started_it_is_killed(world: World, store: Store) -> None:
    """kill -9 of the coordinator: its workers see its pipe end, hand back what they hold, and end."""
    with world.holding():
        begin(store, [renamed(c, "slow") for c in fleet.customers(1, 4)])
        command = world.command("--until-done", "run-1", "--tied", "--threads", "2")
        program = (
            "import threading; from posture.execute.processes import Processes; "
            f"Processes({command!r}, 2, 5.0, print)(threading.Event())"
        )
        with subprocess.Popen([sys.executable, "-c", program], env=world.environment) as coordinator:
            until(lambda: len(world.begun()) == 4)
            workers = {int(line.split()[1]) for line in world.diary.read_text().splitlines()}
            assert len(workers) == 2
            coordinator.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
        assert store.free_units(99, now()) == 4


def test_a_killed_process_is_replaced_and_the_findings_are_the_same(world: World, store: Store, undisturbed) -> None:
    """kill -9 of one of two: what it held is free when the next one begins."""
    begin(store, fleet.customers(6, 5))
    command = world.command("--until-done", "run-1", "--tied", "--delay", "0.1")
    said: list[str] = []
    processes = Processes(command, 2, 5.0, said.append, world.environment, pause=0.0)
    work = threading.Thread(target=processes, args=[threading.Event()])
    work.start()
    until(lambda: len(world.begun()) >= 6)
    os.kill(int(world.diary.read_text().split()[1]), signal.SIGKILL)
    work.join(PATIENCE)
    assert store.digest("run-1") == undisturbed(6, 5)
    assert any("was killed by SIGKILL: it is started again" in line for line in said)


@pytest.mark.parametrize("how", [("--no-queue",), ()], ids=["table", "queue"])
def test_a_database_that_comes_back_finds_the_same_worker_going_on(
    world: World, store: Store, undisturbed, how: Sequence[str]
) -> None:
    """Its connections were cut in the middle: what it could not store is looked at again, and nothing is lost."""
    with lined(world) as line:
        begin(store, fleet.customers(6, 5))
        worker = world.worker("--delay", "0.2", "--threads", "4", *how)
        until(lambda: len(world.begun()) >= 8)
        line.cut()
        until(lambda: "database lost" in world.log())
        line.mend()
        until(lambda: ended(store))
        assert worker.poll() is None
        assert "database is back" in world.log()
    assert store.digest("run-1") == undisturbed(6, 5)


@pytest.mark.parametrize("how", [("--no-queue",), ()], ids=["table", "queue"])
def test_a_worker_whose_database_stays_away_ends_with_an_error(world: World, how: Sequence[str]) -> None:
    """So that the service manager knows, whatever it restarts on."""
    with lined(world) as line:
        worker = world.worker("--patience", "1", *how)
        until(lambda: "worker begins" in world.log() and (bool(how) or world.alive()))
        line.cut()
        assert worker.wait(PATIENCE) == 5
        assert "did not come back within 1 seconds" in world.log()
