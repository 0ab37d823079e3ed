"""Listening sockets and the processes behind them, from ``ss -Hltunpe``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from posture.collect.host.configuration import FIRST_USER, MOST, Candidate, configuration
from posture.collect.host.sections import Section, tagged
from posture.facts.accounts import Account
from posture.facts.host import ConfigLine, ListeningSockets, Process, Socket
from posture.facts.packages import Package
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_LINE = re.compile(r"(tcp|udp)\s+(?:LISTEN|UNCONN)\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+(.*)", re.DOTALL)
_HOLDER = re.compile(r"pid=(\d{1,10}),fd=(\d{1,10})\)")
_INODE = re.compile(r" ino:(\d{1,20})(?: |$)")
_LINK = re.compile(r"'?/proc/(\d{1,10})/fd/(\d{1,10})'? -> '?socket:\[(\d{1,20})\]'?")
_UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.@\\-]{0,199}\.service")
MOST_SOCKETS = 5000
MOST_LINES = 48  # of the configuration of one process
_LONGEST = 65_536  # characters of a line of ss that are looked at: a socket that many processes hold


@dataclass(slots=True)
class _Seen:
    """What /proc told of one process."""

    name: str = ""
    uid: str = ""  # effective
    real: str = ""
    executable: str = ""
    cgroup: str = ""
    arguments: list[Candidate] = field(default_factory=list)
    lines: list[ConfigLine] = field(default_factory=list)


def listening(
    section: Section, accounts: Sequence[Account], packages: Sequence[Package], observed: datetime
) -> ListeningSockets | Unavailable:
    """The sockets. Without accounts or packages, users stay numbers and packages unnamed.

    A process counts only where /proc says that its descriptor is this very socket: the name of a process, which ss
    prints as it is, can hold what looks like another process's number.
    """
    if section.status == 127:
        return Unavailable("the program ss is missing on the host; install the package iproute2")
    tags: dict[str, list[str]] = defaultdict(list)
    for tag, text in tagged(section.body):
        tags[tag].append(text)
    if section.body.rstrip(b"\n")[-2:] not in {b"\nZ", b"Z"} or section.cut:
        why = section.cut or f"ss failed with status {section.status}"
        return Unavailable(f"the listening sockets could not be read: {why}")
    if len(tags["S"]) > MOST_SOCKETS:
        return Unavailable(f"the host has more than {MOST_SOCKETS} listening sockets, which is more than is looked at")
    held = {(m[1], m[2]): m[3] for text in tags["F"] if (m := _LINK.fullmatch(text.strip()))}
    known = _processes(section.body, accounts, file_owners(tags["D"]), packages)
    sockets, complete = [], True
    for text in tags["S"]:
        socket = _socket(text, held, known)
        complete &= socket is not None and socket.process is not None
        if socket:
            sockets.append(socket)
    return ListeningSockets(tuple(dict.fromkeys(sockets)), complete, observed)


def _socket(text: str, held: Mapping[tuple[str, str], str], known: Mapping[str, Process]) -> Socket | None:
    match = _LINE.fullmatch(text[:_LONGEST].strip())
    if not match or int(match[3]) > 65535:
        return None
    inodes = _INODE.findall(match[4])
    inode = inodes[-1] if inodes else ""
    holders = [pid for pid, fd in _HOLDER.findall(match[4]) if inode and held.get((pid, fd)) == inode and pid in known]
    # systemd holds a socket it made for a service, too: the service is the one that answers.
    chosen = min(holders, key=lambda pid: (pid == "1", int(pid)), default="")
    address = visible(match[2].strip("[]").partition("%")[0].strip("[]"), 64)
    return Socket(match[1], address, int(match[3]), known.get(chosen))


def _processes(
    body: bytes, accounts: Sequence[Account], owners: Mapping[str, str], packages: Sequence[Package]
) -> dict[str, Process]:
    users = {str(account.uid): account.name for account in reversed(accounts)}
    versions = {f"{package.name}:{package.architecture}": package.version for package in packages}
    versions |= {package.name: package.version for package in packages}
    found = {}
    for pid, seen in _by_process(body).items():
        owner = owners.get(plain_path(seen.executable), "")
        files = _configuration(seen, owner, owners)
        found[pid] = Process(
            pid=int(pid),
            name=visible(seen.name, 64),
            executable=visible(seen.executable.removesuffix(" (deleted)")),
            user=users.get(seen.uid, seen.uid),
            unit=unit_of(seen.cgroup),
            package=visible(owner.partition(":")[0]),
            package_version=versions.get(owner, ""),
            config_files=files,
            config_lines=tuple(line for file in files for line in seen.lines if line.path == file),
        )
    return found


def _configuration(seen: _Seen, package: str, owners: Mapping[str, str]) -> tuple[str, ...]:
    """None for what people start themselves: they choose their command lines, and whose advice that would become."""
    person = any(not uid or int(uid) >= FIRST_USER for uid in (seen.uid, seen.real))
    if person and not unit_of(seen.cgroup):
        return ()
    return configuration(seen.arguments, seen.executable, package, owners, person=person)


def _by_process(body: bytes) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    current = _Seen()
    for tag, text in tagged(body):
        match tag:
            case "P" if text.isdecimal() and len(text) <= 10:
                current = found.setdefault(text, _Seen())
            case "N":
                current.name = text
            case "U" if text.isdecimal():
                current.uid = text[:10]
            case "R" if text.isdecimal():
                current.real = text[:10]
            case "E":
                current.executable = text
            case "G":
                current.cgroup = text
            case "C":
                _add_argument(current, text)
            case "L":
                _add_line(current, text)
    return found


def _add_argument(process: _Seen, text: str) -> None:
    owner, _, path = text.partition("\t")
    if owner.isdecimal() and path.startswith("/") and len(path) <= 4096 and len(process.arguments) < MOST:
        process.arguments.append(Candidate(path, int(owner[:10])))


def _add_line(process: _Seen, text: str) -> None:
    path, _, found = text.partition("\t")
    number, colon, words = found.partition(":")
    if colon and number.isdecimal() and len(number) <= 7 and path.startswith("/") and len(process.lines) < MOST_LINES:
        process.lines.append(ConfigLine(visible(path), int(number), visible(words.strip(), 200)))


def plain_path(path: str) -> str:
    """A path as it is found whether /usr is merged or not: ``/usr/sbin/x`` and ``/sbin/x`` are the same file."""
    return path.removesuffix(" (deleted)").removeprefix("/usr")


def file_owners(lines: Sequence[str]) -> dict[str, str]:
    """Path without /usr -> package: ``dpkg-query -S`` says ``package[:arch][, package...]: path``."""
    owners = {}
    for line in lines:
        names, colon, path = line.partition(": ")
        if colon and path.startswith("/") and not names.startswith("diversion "):
            owners[plain_path(path)] = names.partition(", ")[0].strip()
    return owners


def unit_of(cgroup: str) -> str:
    """The systemd service in a control group's path, empty when the process belongs to none of the system's.

    Only below system.slice is a name the system's own choice: in user.slice, below a scope (a container, a session) and
    below a service that may divide its group further, whoever runs there chooses names.
    """
    _, top, *parts = (*cgroup.split("/"), "")
    if top != "system.slice":
        return ""
    first = next((part for part in parts if not part.endswith(".slice")), "")
    return first if _UNIT.fullmatch(first) else ""
