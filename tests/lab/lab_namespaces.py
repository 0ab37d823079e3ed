"""Processes and namespaces: who is alive, who listens, how to get in, and how to leave nothing behind.

A process is remembered by number and start time, so that a number the kernel has given away since is never killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "POSTURE_LAB"  # in the environment of every process of a lab: the lab's folder
_LISTEN = {"tcp": "0A", "udp": "07"}  # TCP_LISTEN; TCP_CLOSE, as a UDP socket without a peer has it


@dataclass(frozen=True, slots=True)
class Process:
    """One process, not whoever has its number next. `started` is in clock ticks since boot (proc(5), field 22)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this number now; None when there is none, or only its zombie."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    @property
    def alive(self) -> bool:
        return Process.of(self.pid) == self

    def kill(self) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def marked(folder: Path) -> Iterator[Process]:
    """The processes whose environment tells that they belong to the lab in this folder."""
    wanted = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    process = Process.of(int(entry.name))
                    if process:
                        yield process


def in_network(inodes: frozenset[int]) -> Iterator[Process]:
    """The processes that live in one of these network namespaces."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "ns/net").stat().st_ino in inodes:
                    process = Process.of(int(entry.name))
                    if process:
                        yield process


def network_of(pid: int) -> int:
    """The inode that names a process's network namespace."""
    return Path(f"/proc/{pid}/ns/net").stat().st_ino


def listeners(pid: int, protocol: str = "tcp") -> frozenset[int]:
    """The ports that somebody listens on in a process's network namespace, on whatever address."""
    ports = set()
    for table in (protocol, f"{protocol}6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state = line.split()[:4]
                if state == _LISTEN[protocol]:
                    ports.add(int(local.rpartition(":")[2], 16))
    return frozenset(ports)


def enter(pid: int, *namespaces: str, cwd: str | None = None) -> list[str]:
    """The words to put before a command so that it runs in these namespaces (`net`, `mount`, ...) of a process."""
    words = ["nsenter", f"--target={pid}", *(f"--{name}" for name in namespaces), "--"]
    # a new mount namespace begins at its root: go back to where the caller is
    return [*words, "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd] if cwd else words


def wait_until(done: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether `done` came true within so many seconds."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
