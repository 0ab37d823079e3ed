"""Tie each port that answers to the process, package and configuration behind it.

Open inside but not reachable outside is not an exposure. Where only one side could be seen, the service says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import ip_address

from posture.facts.host import ListeningSockets, Process, Socket
from posture.facts.network import Login, OpenPort, PortSweep, Vantage
from posture.facts.services import Reach, Service, Services
from posture.facts.unavailable import Unavailable
from posture.model.customer import unmapped
from posture.model.verdict import Evidence

_ANY = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104  as ss prints them
_PROTOCOL_OF_PROGRAM = {
    "redis-server": "redis", "valkey-server": "redis", "keydb-server": "redis", "memcached": "memcached",
    "vsftpd": "ftp", "proftpd": "ftp", "pure-ftpd": "ftp", "telnetd": "telnet", "in.telnetd": "telnet",
    "postgres": "postgresql", "mysqld": "mysql", "mariadbd": "mysql", "mongod": "mongodb", "sshd": "ssh",
    "nginx": "http", "apache2": "http", "httpd": "http",
}  # fmt: skip
_PROTOCOL_OF_PORT = {21: "ftp", 23: "telnet"}  # behind inetd, xinetd or systemd the program says nothing
SILENT = "no port of {} answered: the host is down, or drops everything that comes from the auditor"
_SUPERSERVERS = frozenset({"inetd", "xinetd", "systemd", "openbsd-inetd", "inetutils-inetd"})


def join(host: str, outside: PortSweep | Unavailable, inside: ListeningSockets | Unavailable) -> Services | Unavailable:
    """Both views of a host as one list of services.

    Args:
        host: the host's name or address as the inventory gives it: the stable part of each service's subject.
        outside: the port sweep.
        inside: the listening sockets.
    """
    if isinstance(inside, Unavailable):
        if isinstance(outside, Unavailable):
            return Unavailable("; ".join(dict.fromkeys((outside.reason, inside.reason))))
        if outside.silent:
            return Unavailable(f"{SILENT.format(host)}; {inside.reason}")
    answers = {} if isinstance(outside, Unavailable) else {port.port: port for port in outside.open}
    listeners = {} if isinstance(inside, Unavailable) else _widest(s for s in inside.sockets if s.protocol == "tcp")
    services = tuple(
        _service(host, answers.get(port), listeners.get(port), outside, inside)
        for port in sorted(answers.keys() | listeners.keys())
    )
    times = [side for side in (_at(outside), _at(inside)) if side is not None]
    return Services(services, _blind(outside, inside), max(times))


def _at(side: PortSweep | ListeningSockets | Unavailable) -> datetime | None:
    if isinstance(side, Unavailable):
        return None
    return side.ended if isinstance(side, PortSweep) else side.observed


def _blind(outside: PortSweep | Unavailable, inside: ListeningSockets | Unavailable) -> str:
    sides = (("outside", outside), ("inside", inside))
    return "; ".join(f"{name}: {side.reason}" for name, side in sides if isinstance(side, Unavailable))


def _widest(sockets: Iterable[Socket]) -> dict[int, Socket]:
    """One socket a port: the one that most addresses reach; of equals the one whose process is known."""
    best: dict[int, Socket] = {}
    for socket in sockets:
        known = best.get(socket.port)
        if known is None or _width(socket) > _width(known):
            best[socket.port] = socket
    return best


def _width(socket: Socket) -> tuple[int, bool]:
    reach = 2 if socket.address in _ANY else 0 if _loopback(socket.address) else 1
    return reach, socket.process is not None


def _loopback(address: str) -> bool:
    try:
        return unmapped(ip_address(address.partition("%")[0])).is_loopback
    except ValueError:
        return False


def _service(
    host: str,
    answer: OpenPort | None,
    listener: Socket | None,
    outside: PortSweep | Unavailable,
    inside: ListeningSockets | Unavailable,
) -> Service:
    process = listener.process if listener else None
    port = answer.port if answer else listener.port if listener else 0
    own_address = listener is not None and listener.address not in _ANY and not _loopback(listener.address)
    return Service(
        address=listener.address if listener and own_address and not answer else host,
        port=port,
        protocol="tcp",
        name=(answer.service if answer else "") or _named(process, port),
        product=answer.product if answer else "",
        version=answer.version if answer else "",
        reach=_reach(answer, listener, outside),
        login=answer.login if answer else Login.UNKNOWN,
        login_reason=answer.login_reason if answer else _why_not_tried(outside),
        seen=_seen(answer, listener, outside, inside),
        process=process,
        evidence=tuple(_evidence(answer, listener, outside, inside)),
        maybe=answer.maybe if answer else "",
    )


def _named(process: Process | None, port: int) -> str:
    if process is None or process.name in _SUPERSERVERS:
        return _PROTOCOL_OF_PORT.get(port, "")
    return _PROTOCOL_OF_PROGRAM.get(process.name, "")


def _reach(answer: OpenPort | None, listener: Socket | None, outside: PortSweep | Unavailable) -> Reach:
    loopback_only = listener is not None and _loopback(listener.address)
    if isinstance(outside, Unavailable):
        return Reach.LOOPBACK if loopback_only else Reach.LISTENS
    if outside.vantage is Vantage.OUTSIDE:
        if answer:
            return Reach.OUTSIDE
        return Reach.LOOPBACK if loopback_only else Reach.BLOCKED
    if loopback_only:
        return Reach.LOOPBACK
    return Reach.SAME_MACHINE if answer else Reach.LISTENS


def _why_not_tried(outside: PortSweep | Unavailable) -> str:
    if isinstance(outside, Unavailable):
        return f"no connection was tried: {outside.reason}"
    return "the port did not answer from where we looked"


def _seen(
    answer: OpenPort | None,
    listener: Socket | None,
    outside: PortSweep | Unavailable,
    inside: ListeningSockets | Unavailable,
) -> str:
    if isinstance(outside, Unavailable):
        return "seen from inside only: whether it can be reached was not tested"
    if outside.vantage is Vantage.SAME_MACHINE:
        return "seen from this machine only: whether a firewall in front stops it was not tested"
    if answer is None:
        return "listens inside; did not answer from outside"
    if listener is not None:
        return "seen from outside and inside"
    if isinstance(inside, Unavailable):
        return "seen from outside only"
    return "answers from outside, but no process on this host listens there: it is probably forwarded elsewhere"


def _evidence(
    answer: OpenPort | None,
    listener: Socket | None,
    outside: PortSweep | Unavailable,
    inside: ListeningSockets | Unavailable,
) -> Iterator[Evidence]:
    if answer is not None and isinstance(outside, PortSweep):
        software = " ".join(part for part in (answer.service, answer.product, answer.version) if part)
        where = "from outside" if outside.vantage is Vantage.OUTSIDE else "from the same machine"
        text = f"{answer.address} {answer.port}/tcp open {software}".rstrip()
        yield Evidence(f"{outside.scanner}, {where}", text, outside.ended)
        for exchange in answer.transcript:
            yield Evidence("exchange", f"sent {exchange.sent} | received {exchange.received}", exchange.at)
    if listener is not None and isinstance(inside, ListeningSockets):
        yield Evidence("listening sockets on the host", _described(listener), inside.observed)


def _described(listener: Socket) -> str:
    process = listener.process
    text = f"{listener.protocol} {listener.address}:{listener.port}"
    if process is None:
        return f"{text}, process not readable"
    parts = [f"{text} {process.name} (pid {process.pid})"]
    parts += [f"package {process.package} {process.package_version}".rstrip()] if process.package else []
    parts += [f"unit {process.unit}"] if process.unit else []
    parts += [f"configuration {process.config_files[0]}"] if process.config_files else []
    return ", ".join(parts)
