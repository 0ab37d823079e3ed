"""Name the process that holds a lease, so that the next one can tell whether it is gone."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_OF_THE_MACHINE: Final = "4026531836"  # the first namespace of process numbers (PROC_PID_INIT_INO, linux/proc_ns.h)
_MOST: Final = 256  # bytes of one of the kernel's small files


@dataclass(frozen=True, slots=True)
class Place:
    """Where processes have numbers: a host name, its machine, since when that runs, and a namespace of numbers.

    What cannot be told is empty: then nobody of that place is known to be gone.
    """

    host: str
    machine: str
    boot: str
    room: str

    def __str__(self) -> str:
        return f"{self.host}:{self.machine}.{self.boot}.{self.room}"


def this_worker() -> str:
    """``host:machine.boot.room:pid:start``; no two processes share it, not even on clones or after a reboot."""
    return f"{_here()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(worker: str) -> bool:
    """Whether a worker of this machine has surely ended. False for another machine's: its lease has to run out."""
    return has_gone_from(_here(), worker)


def can_be_asked(worker: str) -> bool:
    """Whether the kernel here knows of a worker's process, so that `is_gone` tells both its life and its end."""
    here, parts = _here(), worker.rsplit(":", 3)
    return bool(here.boot and here.room) and parts[:2] == str(here).rsplit(":", 1)


def has_gone_from(here: Place, worker: str) -> bool:
    """Whether a worker has surely ended, as seen from `here`.

    Only the kernel that a process runs on knows, so that it is asked about its own processes alone. Before this boot
    were processes of this machine: of the same identity, and no container, which may have it from its image.
    """
    parts = worker.rsplit(":", 3)
    if len(parts) != 4 or parts[1].count(".") != 2:
        return False
    there = Place(parts[0], *parts[1].split("."))
    if not (there.boot and there.room) or there.host != here.host:
        return False
    if there.boot != here.boot:
        both_machines = here.room == there.room == _OF_THE_MACHINE
        return both_machines and bool(here.machine and here.boot) and there.machine == here.machine
    return there.room == here.room and _has_ended(parts[2], parts[3])


def _has_ended(pid: str, started: str) -> bool:
    if not pid.isdigit():
        return True
    with suppress(PermissionError):  # it runs, as another user
        try:
            os.kill(int(pid), 0)
        except (ProcessLookupError, OverflowError):
            return True
    now = _started(int(pid))
    return bool(now and started) and now != started  # what /proc hides is there all the same (hidepid, proc(5))


def _here() -> Place:
    try:
        room = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        room = ""
    return Place(socket.gethostname(), _machine(), _line(Path("/proc/sys/kernel/random/boot_id")), room)


@cache
def _machine() -> str:
    return identity(_line(Path("/etc/machine-id")), _cards())


def identity(machine_id: str, cards: Iterable[str]) -> str:
    """A digest of what a machine keeps over a reboot, and does not share with its clone; empty where that is nothing.

    A copied disk brings its /etc/machine-id along, which machine-id(5) wants kept to the machine; network cards differ.
    """
    if not machine_id:
        return ""
    return hashlib.sha256("\0".join(["posture", machine_id, *sorted(cards)]).encode()).hexdigest()[:16]


def _cards() -> Iterator[str]:
    """The addresses that network cards have of themselves (addr_assign_type 0), not those that bonds give them."""
    for card in Path("/sys/class/net").glob("*"):
        if (card / "device").exists() and _line(card / "addr_assign_type") == "0":
            yield _line(card / "address")


def _line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST).decode("ascii", "replace").strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """The process's start time in clock ticks since boot (proc(5), field 22); empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
