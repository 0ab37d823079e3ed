"""Name the process that holds a lease, so that the next one can tell whether it is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_worker() -> str:
    """``host:boot.room:pid:start``; no two processes share it, not even after a reboot or when pids come round."""
    return f"{socket.gethostname()}:{_place()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(worker: str) -> bool:
    """Whether a worker of this machine has ended. False for another machine's: its lease has to run out."""
    parts = worker.rsplit(":", 3)
    if len(parts) != 4 or parts[0] != socket.gethostname():
        return False
    _, there, pid, started = parts
    (boot, _, room), (our_boot, _, our_room) = there.partition("."), _place().partition(".")
    if boot != our_boot:
        return True
    if room != our_room:  # a container of this machine: its processes have numbers of their own
        return False
    return not pid.isdigit() or _started(int(pid)) != started


def _place() -> str:
    """``boot.room``: since when this machine runs, and in which namespace of process numbers this is."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    try:
        room = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        room = ""
    return f"{boot}.{room}"


def _started(pid: int) -> str:
    """The process's start time in clock ticks since boot (proc(5), field 22); empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
