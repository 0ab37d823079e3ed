"""What a unit of a night costs under each executor, beside a bare loop over the same collectors; and what workers add.

Collectors are simulated and take 0.1 ms: what is measured is the engine and the store.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from owner import OWNER
from simulator.advice import SimulatedAdvice
from simulator.collector import Defect, SimulatedCollect
from simulator.crew import finished, until, workers
from simulator.fleet import NOON, customers
from simulator.measured import Cost, measured, server_cpu
from simulator.night import begin, by_threads, jobs

from posture.cli.plugins import loaded
from posture.engine.derive import derive
from posture.engine.judge import judge
from posture.execute.procrastinate_schema import apply
from posture.execute.procrastinate_wake import wake_workers
from posture.facts.codec import to_json
from posture.model.customer import Customer
from posture.store import open_store
from posture.store.roles import APP_ROLE

FLEET, EACH = 30, 10
WAITING = 0.1  # seconds a unit, on average, in the benchmark of the speed-up


@pytest.fixture(autouse=True)
def no_defects_logged() -> Iterator[None]:
    """The collectors have defects on purpose: their log is not what is measured."""
    log = logging.getLogger("posture.engine")
    log.disabled = True
    yield
    log.disabled = False


@pytest.fixture(scope="module")
def with_queue(postgresql) -> str:
    """A database with a queue, the template of the others."""
    url = postgresql.new("posture_0", OWNER)
    apply(url, APP_ROLE)
    return url.partition("?")[0].rpartition("/")[2]


def count(fleet: Sequence[Customer]) -> int:
    return sum(len(customer.resources) for customer in fleet)


def looks(fleet: Sequence[Customer], night: int) -> Iterator:
    collect = SimulatedCollect(night=night)
    for customer in fleet:
        for resource in customer.resources:
            try:
                yield resource, collect(customer, resource, "run", NOON, {})
            except Defect:
                continue


def bare(fleet: Sequence[Customer], night: int = 0) -> tuple[Cost, Cost]:
    """Only collecting; and collecting, joining, judging with every check and encoding, with no engine and no store."""
    with measured() as collecting:
        for _ in looks(fleet, night):
            pass
    checks, advice = loaded().checks, SimulatedAdvice()
    with measured() as judging:
        for resource, facts in looks(fleet, night):
            judge(checks, resource, derive(resource, facts, advice))
            to_json(facts)
    return collecting, judging


def test_cpu_of_a_unit(postgresql, with_queue: str, tmp_path: Path) -> None:
    """The second night of 300 resources: every finding is known, some have changed."""
    print()
    before, fleet = list(customers(FLEET, EACH)), list(customers(FLEET, EACH, night=1))
    units = count(fleet)
    bare(fleet)
    collecting, judging = bare(fleet, 1)
    print(f"bare loop: {collecting.each(units)}; with joining, judging and encoding: {judging.each(units)}")

    def night(url: str, server=None) -> Cost:
        with open_store(url) as store:
            by_threads(store, begin(store, before), jobs(store), 1)
            second = begin(store, fleet, 1)
            with measured(server) as cost:
                by_threads(store, second, jobs(store, SimulatedCollect(night=1)), 1)
            assert finished(store, second.run)
            return cost

    for name, cost in (
        ("threads, SQLite", night(f"sqlite:///{tmp_path}/posture.db")),
        ("threads, PostgreSQL", night(postgresql.new("posture_0"), postgresql)),
    ):
        beyond = (cost.cpu - judging.cpu) / units * 1e3
        print(f"{name}: {cost.each(units)}; beyond judging {beyond:.2f} ms")
        assert cost.cpu < 9 * judging.cpu, "storing outweighs all that is stored"
    for name, options in (("processes", ()), ("Procrastinate", ("--queue",))):
        folder = tmp_path / name
        folder.mkdir()
        url = postgresql.new(with_queue)
        with open_store(url) as store:
            by_threads(store, begin(store, before), jobs(store), 1)
            with workers(url, folder, 2, "--night", "1", *options) as figures:
                there, began = server_cpu(postgresql), time.perf_counter()
                second = begin(store, fleet, 1)
                if options:
                    wake_workers(url, 2)
                until(lambda: finished(store, second.run), 0.5)  # noqa: B023
                wall = time.perf_counter() - began
            cpu = sum(json.loads(file.read_text())["cpu"] for file in figures)
            cost = Cost(wall, cpu, server_cpu(postgresql) - there)
            print(
                f"2 {name}, PostgreSQL: {cost.each(units)}; beyond judging {(cpu - judging.cpu) / units * 1e3:.2f} ms"
            )


def test_speed_up(postgresql, tmp_path: Path) -> None:
    """Units that wait for the network 0.1 seconds: twice the workers, half the time."""
    print()
    fleet, alone = list(customers(40, 8)), 0.0
    for number in (1, 2, 4):
        folder = tmp_path / str(number)
        folder.mkdir()
        url = postgresql.new("posture_0")
        with open_store(url) as store, workers(url, folder, number, "--latency", str(WAITING)):
            night = begin(store, fleet)
            until(lambda: store.done_units(night.run) > 0, 0.02)  # noqa: B023
            began = time.perf_counter()
            until(lambda: finished(store, night.run), 0.05)  # noqa: B023
            wall = time.perf_counter() - began
        alone = alone or wall
        print(f"{number} workers: {count(fleet) / wall:.1f} units/s, {alone / wall:.2f} x")
    assert alone / wall > 3, "four workers do not do the work of three"
