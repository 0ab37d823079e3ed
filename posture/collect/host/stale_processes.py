"""Processes that still run what was replaced or deleted, from /proc/PID/maps (proc_pid_maps(5))."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from posture.collect.host.sections import Section, tagged
from posture.collect.host.sockets import file_owners, plain_path, unit_of
from posture.facts.software import StaleProcess, StaleProcesses
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

MOST_FILES = 50  # of one process
HIDDEN = "/proc is mounted with hidepid, so that processes of other users are not even counted"
TOO_MANY = "more processes than are looked at run deleted files"


@dataclass(slots=True)
class _Seen:
    pid: int
    user: str = ""
    name: str = ""
    group: str = ""
    files: list[str] = field(default_factory=list)


def stale_processes(section: Section, observed: datetime) -> StaleProcesses | Unavailable:
    """The processes with deleted code mapped. A section that was cut tells nothing: its numbers come last."""
    if section.cut or section.body.rstrip(b"\n")[-2:] not in {b"\nZ", b"Z"}:
        return Unavailable(
            f"the memory maps of processes could not be read: {section.cut or 'the answer is not whole'}"
        )
    said: dict[str, list[str]] = defaultdict(list)
    for tag, text in tagged(section.body):
        said[tag].append(text)
    readable = _count(said["R"])
    gaps = [HIDDEN] if said["H"] else []
    gaps += [TOO_MANY] if said["L"] else []
    owners = file_owners(said["D"])
    return StaleProcesses(
        processes=tuple(_process(seen, owners) for seen in _by_process(section.body) if seen.files),
        readable=readable,
        total=max(readable, _count(said["T"]) - _count(said["V"])),
        observed=observed,
        elsewhere=_count(said["C"]),
        unread=tuple(visible(text, 64) for text in said["W"][:5]),
        gap="; ".join(gaps),
    )


def _count(texts: Iterable[str]) -> int:
    return next((int(text) for text in texts if text.isdecimal() and len(text) <= 9), 0)


def _process(seen: _Seen, owners: Mapping[str, str]) -> StaleProcess:
    files = tuple(dict.fromkeys(seen.files))
    named = (owners.get(plain_path(file), "").partition(":")[0] for file in files)
    return StaleProcess(
        pid=seen.pid,
        name=visible(seen.name, 64),
        user=visible(seen.user, 64),
        unit=unit_of(seen.group),
        files=tuple(visible(file) for file in files),
        packages=tuple(dict.fromkeys(visible(name, 128) for name in named if name)),
    )


def _by_process(body: bytes) -> Iterable[_Seen]:
    found: dict[int, _Seen] = {}
    current = _Seen(0)
    for tag, text in tagged(body):
        match tag:
            case "P" if text.isdecimal() and len(text) <= 9:
                current = found.setdefault(int(text), _Seen(int(text)))
            case "U":
                current.user = text
            case "N":
                current.name = text
            case "G":
                current.group = text
            case "F" if text.startswith("/") and len(current.files) < MOST_FILES:
                current.files.append(text)
    return found.values()
