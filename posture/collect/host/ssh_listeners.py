"""Which SSH servers listen: the one whose settings were asked for, and others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from posture.collect.host.ssh_section import SshSection
from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.unavailable import Unavailable

SERVERS = frozenset({"sshd", "dropbear"})
MOST_NAMED = 8  # other servers that are named
_DROPBEAR_UNIT = "dropbear.socket"


@dataclass(slots=True)
class _Held:
    """Ports by who holds them."""

    sshd: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # by process
    dropbear: set[int] = field(default_factory=set)
    systemd: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # by unit
    users: dict[int, str] = field(default_factory=dict)
    unknown: bool = False  # something listens that may be an SSH server


def listeners(section: SshSection, sockets: ListeningSockets | Unavailable) -> tuple[bool | None, str]:
    """Whether the server that was asked listens (None: not known), and in words which others do."""
    if isinstance(sockets, Unavailable):
        return None, _words(_more_ports(section))
    held = _held(section, sockets.sockets)
    asked = _asked(section, held)
    by_systemd = {unit: ports for unit, ports in held.systemd.items() if unit != _DROPBEAR_UNIT}
    listening: bool | None = asked is not None or bool(by_systemd)
    others = [*_other_sshd(section, held, asked), *_more_ports(section)]
    if asked is not None:
        others += [f"an sshd that systemd starts{_on(ports)} ({unit})" for unit, ports in sorted(by_systemd.items())]
    dropbear = held.dropbear | held.systemd.get(_DROPBEAR_UNIT, set())
    if dropbear:
        others.append(f"dropbear{_on(dropbear)}")
    if not listening and "via" in section.header and (held.unknown or not others):
        listening = True if held.unknown else None
    elif not listening and held.unknown:
        listening = None
    return listening, _words(others)


def _held(section: SshSection, sockets: Sequence[Socket]) -> _Held:
    held, likely = _Held(), section.ports | {22}
    everything = section.header.get("uid") == "0"
    for socket in sockets:
        if socket.protocol != "tcp":
            continue
        process, port = socket.process, socket.port
        if process is None:  # the kernel's own, where root asked
            held.unknown |= not everything or port in likely
        elif process.name == "sshd":
            if process.pid in section.daemons or str(process.pid) == section.header.get("pid"):
                held.sshd[process.pid].add(port)
                held.users[process.pid] = process.user
        elif process.name == "dropbear":
            held.dropbear.add(port)
        elif _is_systemd(process) and (port in section.held or port in likely):
            held.systemd[section.held.get(port, "ssh.socket")].add(port)
        else:
            held.unknown |= port in likely
    return held


def _is_systemd(process: Process) -> bool:
    return process.pid == 1 and process.name in {"systemd", "init"}


def _asked(section: SshSection, held: _Held) -> int | None:
    """The process of the server that was asked: the believed one, else root's with no configuration of its own."""
    for process in sorted(held.sshd, key=lambda pid: (22 not in held.sshd[pid], pid)):
        if str(process) == section.header.get("pid"):
            return process
        daemon = section.daemons.get(process)
        if "pid" not in section.header and daemon and daemon.uid == "0" and not daemon.configuration:
            return process
    return None


def _other_sshd(section: SshSection, held: _Held, asked: int | None) -> list[str]:
    told: list[str] = []
    for process, ports in sorted(held.sshd.items(), key=lambda item: (min(item[1]), item[0])):
        if process == asked:
            continue
        daemon = section.daemons[process]
        which = "a second sshd" if asked is not None and not told else "another sshd"
        whose = "" if daemon.uid == "0" else f" of the account {held.users[process]}"
        where = f" ({daemon.configuration})" if daemon.configuration else ""
        told.append(f"{which}{whose}{_on(ports)}{where}")
    return told


def _more_ports(section: SshSection) -> list[str]:
    return ["the same sshd on more ports than the 8 that were asked about"] if "more-ports" in section.header else []


def _on(ports: Iterable[int]) -> str:
    numbers = [str(port) for port in sorted(ports)]
    more = " and more" if len(numbers) > MOST_NAMED else ""
    return f" on port{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:MOST_NAMED])}{more}"


def _words(others: Sequence[str]) -> str:
    more = f", and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return ", ".join(others[:MOST_NAMED]) + more
