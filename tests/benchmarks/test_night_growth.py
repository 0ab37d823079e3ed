"""How a night grows with the number of resources: in time, in memory, in the database.

POSTURE_BENCH_RESOURCES names other sizes, e.g. 1000,10000,100000: the last takes most of an hour on two cores.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest
from owner import OWNER
from simulator.collector import SimulatedCollect
from simulator.crew import finished, until, workers
from simulator.fleet import customers
from simulator.measured import measured, resident_mib, server_cpu
from simulator.night import begin, by_threads, jobs
from sqlalchemy import create_engine, text

from posture.store import open_store
from posture.store.database import EVERYONE
from posture.store.roles import APP_ROLE

EACH = 10
SIZES = [int(size) for size in os.environ.get("POSTURE_BENCH_RESOURCES", "500,4000").split(",")]
NIGHTS = int(os.environ.get("POSTURE_BENCH_NIGHTS", "10"))
DAY = 86_400.0


@dataclass
class Size:
    """What a night of so many resources came to; seconds and MiB."""

    units: int
    wall: float
    cpu: float
    server: float
    worker: float
    leader: float
    database: float


def size_of(url: str) -> float:
    """MiB of a PostgreSQL database."""
    engine = create_engine(url.replace(APP_ROLE, OWNER).replace("://", "+psycopg://"))
    with engine.connect() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    engine.dispose()
    return size / 2**20


def night_of(postgresql, folder: Path, units: int) -> Size:
    """One night through two worker processes; prints each tenth of it."""
    url = postgresql.new("posture_0")
    empty = size_of(url)
    with open_store(url) as store, workers(url, folder, 2) as figures:
        there = server_cpu(postgresql)
        with measured() as planning:
            night = begin(store, customers(units // EACH, EACH))
        print(f"{units:,} resources: planned in {planning.wall:.1f} s, {planning.cpu / units * 1e3:.2f} ms CPU each")
        began = last = time.perf_counter()
        for tenth in range(1, 11):
            until(lambda: store.done_units(night.run) * 10 >= units * tenth, 0.5, DAY)  # noqa: B023
            now = time.perf_counter()
            print(f"  {tenth * 10} %: {units / 10 / (now - last):.0f} units/s", flush=True)
            last = now
        until(lambda: finished(store, night.run), 0.5, DAY)
        wall = time.perf_counter() - began
        leader = resident_mib()
    told = [json.loads(file.read_text()) for file in figures]
    return Size(
        units,
        wall,
        sum(one["cpu"] for one in told),
        server_cpu(postgresql) - there,
        max(one["mib"] for one in told),
        leader,
        size_of(url) - empty,
    )


def test_growth_with_resources(postgresql, tmp_path: Path) -> None:
    """Ten times the resources take about ten times as long, and no more memory."""
    print()
    found = []
    for units in SIZES:
        folder = tmp_path / str(units)
        folder.mkdir()
        size = night_of(postgresql, folder, units)
        found.append(size)
        print(
            f"{units:,} resources: {size.wall:.0f} s, {units / size.wall:.0f} units/s, {size.cpu / units * 1e3:.1f} ms"
            f" CPU + {size.server / units * 1e3:.1f} ms in PostgreSQL a unit; a worker {size.worker:.0f} MiB at most,"
            f" who leads {size.leader:.0f} MiB; {size.database * 1024 / units:.1f} KiB of database a resource",
            flush=True,
        )
    least, most = found[0], found[-1]
    assert most.cpu / most.units < 2 * least.cpu / least.units + 0.005, "a unit costs more in a larger night"
    assert most.worker < least.worker * 1.5 + 60, "memory grows with the number of resources"


def test_storage_over_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a further night adds to the database; most of what is seen was there the night before."""
    monkeypatch.setattr(logging.getLogger("posture.engine"), "disabled", True)
    print()
    fleet, sizes, units = 10, [], 0
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        for number in range(NIGHTS):
            looked = list(customers(fleet, EACH, night=number))
            units = sum(len(customer.resources) for customer in looked)
            night = begin(store, looked, number)
            by_threads(store, night, jobs(store, SimulatedCollect(night=number)), 1)
            with store.database.reading(EVERYONE) as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            sizes.append(pages * 4096)
    added = [(after - before) / units for before, after in pairwise(sizes)]
    late = added[-max(1, NIGHTS // 3) :]
    print(
        f"first night {sizes[0] / units / 1024:.1f} KiB a resource; each of {NIGHTS - 1} more adds"
        f" {fmean(added) / 1024:.2f} KiB, the last third {fmean(late) / 1024:.2f} KiB"
    )
    assert fmean(added) < sizes[0] / units / 2, "what did not change is stored again"
