"""What a night costs: seconds of CPU here and in the database's server, seconds of waiting, memory."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from postgresql_server import Server

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds; `server` is PostgreSQL's CPU. Complete once the block of `measured` has ended."""

    wall: float = 0.0
    cpu: float = 0.0
    server: float = 0.0

    def each(self, units: int) -> str:
        """What that is a unit."""
        server = f" + {self.server / units * 1e3:.1f} ms in PostgreSQL" if self.server else ""
        return f"{units / self.wall:6.0f} units/s, {self.cpu / units * 1e3:5.2f} ms CPU a unit{server}"


@contextmanager
def measured(server: Server | None = None) -> Iterator[Cost]:
    """Measure the block; the CPU is this process's and that of `server`."""
    cost = Cost()
    wall, cpu, there = time.perf_counter(), time.process_time(), server_cpu(server)
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - wall, time.process_time() - cpu
    cost.server = server_cpu(server) - there


def server_cpu(server: Server | None) -> float:
    """Seconds of CPU of a PostgreSQL server, with those of sessions that have ended."""
    if server is None:
        return 0.0
    postmaster = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
    own = _times(postmaster)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return (sum(own) + sum(sum(_times(child)[:2]) for child in children)) / _TICK


def _times(pid: str) -> tuple[int, ...]:
    """Ticks in user and system mode, the process's own, then those of its ended children; proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return (0, 0, 0, 0)
    return tuple(int(field) for field in fields[11:15])


def peak_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mib() -> float:
    """The memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
