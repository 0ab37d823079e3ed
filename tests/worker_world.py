"""A night on a real PostgreSQL, and worker processes that do it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import worker_program

from posture.model.customer import Customer
from posture.model.night import Night, NightRules, Turn, Turns
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.store import Store

PATIENCE = 60.0  # seconds; only a test that fails waits so long


def now() -> datetime:
    return datetime.now(UTC)


def until(what: Callable[[], bool]) -> None:
    """Wait for it."""
    late = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < late, "it never came"
        time.sleep(0.05)


def begin(
    store: Store, customers: Sequence[Customer], *, run: str = "run-1", networks: int = 0, priority: int = 1, **rules
) -> None:
    """A night of all the customers' hosts, spread over so many networks."""
    work = [
        Turns(
            customer,
            tuple(
                Turn(r.id, f"198.51.{n % networks}.0/24" if networks else "", None, priority)
                for n, r in enumerate(customer.resources)
            ),
        )
        for customer in customers
    ]
    night = Night(run, run, now(), now() + timedelta(hours=8))
    held = NightRules(**({"policy": default_policy().digest} | rules))
    assert store.begin_night(night, Run(run, now(), "0.0.0-test", "test"), work, held, now())


@dataclass(frozen=True)
class Look:
    """One look at a resource, as its worker wrote it down."""

    pid: int
    resource: str
    begun: float
    ended: float


@dataclass
class World:
    """A database with a queue, and the worker processes of a test."""

    url: str
    folder: Path
    processes: list[subprocess.Popen[bytes]]
    by: str = ""  # the URL for workers where it is another

    @property
    def diary(self) -> Path:
        return self.folder / "diary"

    def command(self, *options: str) -> list[str]:
        return [sys.executable, worker_program.__file__, str(self.diary), *options]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "POSTURE_DATABASE": self.by or self.url}

    def worker(self, *options: str, log: str = "log") -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as output:
            started = subprocess.Popen(self.command(*options), env=self.environment, stdout=output, stderr=output)
        self.processes.append(started)
        return started

    def log(self, name: str = "log") -> str:
        return (self.folder / name).read_text()

    def looks(self) -> list[Look]:
        """All looks that came to their end."""
        open_: dict[tuple[str, str], float] = {}
        found = []
        for line in self.diary.read_text().splitlines() if self.diary.exists() else []:
            what, pid, at, resource = line.split()
            if what == "begin":
                open_[pid, resource] = float(at)
            else:
                found.append(Look(int(pid), resource, open_.pop((pid, resource)), float(at)))
        return found

    def begun(self) -> list[str]:
        """The resources that were begun, in this order."""
        lines = self.diary.read_text().splitlines() if self.diary.exists() else []
        return [line.split()[3] for line in lines if line.startswith("begin")]

    def alive(self) -> bool:
        """Whether two signs of life, of one worker process, are in the queue."""
        return self.count("procrastinate_workers") >= 2

    def count(self, table: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"SELECT count(*) FROM posture_queue.{table}").fetchone()
        assert row is not None
        return row[0]

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Slow customers are looked at until the end of the block."""
        hold = self.diary.with_suffix(".hold")
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()


def renamed(customer: Customer, name: str) -> Customer:
    return replace(customer, id=f"{name}-{customer.id}")


def network_of(look: Look) -> int:
    """The third of a host in a night over three networks."""
    return int(look.resource.rpartition("h")[2]) % 3


def at_once(looks: Sequence[Look], of: Callable[[Look], int]) -> list[int]:
    """How many looks of its own kind were under way when each one began."""
    return [sum(b.begun <= a.begun < b.ended and of(a) == of(b) for b in looks) for a in looks]


def ended(store: Store, run: str = "run-1") -> bool:
    known = store.run(run)
    return known is not None and known.ended is not None
