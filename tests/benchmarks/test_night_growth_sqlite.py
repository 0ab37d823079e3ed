"""How a night on SQLite grows with the number of resources: each tenth of it, then what is asked beside it.

POSTURE_BENCH_RESOURCES names the sizes, e.g. 1000,10000,100000: the last takes half an hour of a core. Sizes that are
compared for memory run in one process, the smallest first.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from fleet import Silent
from simulator.collector import SimulatedCollect
from simulator.crew import finished
from simulator.fleet import customers, opened
from simulator.measured import resident_mib
from simulator.night import begin, jobs, work

from posture.execute.drain import drain
from posture.model.unit import ClaimedUnit
from posture.store import Store, open_store
from posture.store.retention import Cut

EACH = 10
SIZES = [int(size) for size in os.environ.get("POSTURE_BENCH_RESOURCES", "300,3000").split(",")]
SOME = 500  # units of the next night, in which every finding is known


@dataclass
class Tenths(Silent):
    """Prints what each tenth of so many units cost a unit; finish units are in it."""

    units: int
    ended_units: int = 0
    began: float = field(default_factory=process_time)
    each: list[float] = field(default_factory=list)
    mib: list[float] = field(default_factory=list)

    def ended(self, unit: ClaimedUnit) -> None:
        """Count one."""
        self.ended_units += 1
        if self.ended_units * 10 >= self.units * (len(self.each) + 1):
            now = process_time()
            self.each.append((now - self.began) / self.units * 10)
            self.mib.append(resident_mib())
            self.began = now
            print(
                f"  {len(self.each) * 10:3} %: {self.each[-1] * 1e3:.2f} ms CPU a unit, {self.mib[-1]:.0f} MiB",
                flush=True,
            )


def timed(what: str, ask: Callable[[], object], units: int) -> float:
    """Seconds of CPU that an answer took."""
    began = process_time()
    ask()
    seconds = process_time() - began
    print(f"  {what}: {seconds * 1e3:.1f} ms, {seconds / units * 1e6:.1f} us a resource", flush=True)
    return seconds


def questions(store: Store, run: str) -> dict[str, Callable[[], object]]:
    """What the coordinator, metrics, the summary and the operator ask of a night."""
    now, between = datetime.now(UTC), opened(0) + timedelta(hours=12)
    return {
        "progress": lambda: store.progress(run, now),
        "reach": lambda: store.reach(run),
        "way": lambda: store.way(run, now),
        "standings": lambda: store.standings(run),
        "given up": lambda: store.given_up(run, 20),
        "unreported": lambda: store.unreported(run),
        "gists": lambda: store.gists(run),
        "last nights": store.last_nights,
        "prune, counted": lambda: list(store.prune(Cut(between, between), only_count=True)),
    }


def grown(folder: Path, units: int) -> Tenths:
    """A night of so many resources, then the next one's beginning; each tenth and each answer is printed."""
    print(f"{units:,} resources:")
    file = folder / f"{units}.db"
    with closing(open_store(f"sqlite:///{file}")) as store:
        began = process_time()
        first = begin(store, customers(units // EACH, EACH))
        print(f"  begun in {(process_time() - began) / units * 1e3:.3f} ms CPU a resource")
        tenths = Tenths(units * (EACH + 1) // EACH)
        drain(work(store, first, jobs(store)), tenths, threading.Event(), most=10**9)
        assert finished(store, first.run)
        print(f"  {file.stat().st_size / units / 1024:.1f} KiB of database a resource")
        second = begin(store, customers(units // EACH, EACH, night=1), 1)
        later = Tenths(min(SOME, units))
        print(f"  {later.units} units of the next night:")
        drain(work(store, second, jobs(store, SimulatedCollect(night=1))), later, threading.Event(), most=later.units)
        for what, ask in questions(store, second.run).items():
            timed(what, ask, units)
    file.unlink()
    return tenths


def test_a_night_on_sqlite_takes_as_long_as_it_has_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the resources: ten times the time, and no more memory."""
    monkeypatch.setattr(logging.getLogger("posture.engine"), "disabled", True)
    print()
    grown(tmp_path, 100)  # to be warm
    found = [grown(tmp_path, units) for units in SIZES]
    least, most = found[0], found[-1]
    mean = [sum(one.each) / len(one.each) for one in (least, most)]
    print(f"{SIZES[-1]:,} beside {SIZES[0]:,}: {mean[1] / mean[0]:.2f} times the CPU a unit")
    assert mean[1] < 1.5 * mean[0], "a unit costs more in a larger night"
    assert most.mib[-1] < 1.5 * least.mib[-1] + 60, "memory grows with the number of resources"
