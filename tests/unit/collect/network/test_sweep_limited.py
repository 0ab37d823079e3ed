"""Hosts that let the auditor see less and less: what was not heard of is not closed. nmap's words are emulated here."""

import errno
import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from posture.collect.network.ban import Tried, answering
from posture.collect.network.collect import collect_outside
from posture.collect.network.nmap_report import Report, ReportedPort
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.notation import numbers, written
from posture.collect.network.udp import exchange
from posture.collect.scope import ScopeGate
from posture.facts.network import ALL_PORTS, OpenPort, PortSweep, Vantage
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind

HOST = Resource(ResourceKind.HOST, "web1", "198.51.100.20")


@pytest.fixture(autouse=True)
def short_udp(monkeypatch):
    """UDP is not what is tested here."""
    monkeypatch.setattr(exchange, "WINDOW", 0.05)


@dataclass
class Nmap:
    """A pool that reports as nmap does: of each sweep these ports are open, these refuse, the others are silent."""

    open: frozenset[int] = frozenset()
    refused: object = None
    sweeps: list = field(default_factory=list)

    def run(self, wanted) -> Report:
        ports = numbers(wanted.ports)
        if wanted.naming:
            return Report(True, True, (), 0, "nmap 7.93")
        self.sweeps.append(wanted)
        refused = self.refused(len(self.sweeps), ports) - self.open
        opened = tuple(map(ReportedPort, sorted(self.open & ports)))
        silent = ports - refused - self.open
        return Report(True, True, opened, len(silent), "nmap 7.93", written(refused), written(silent))


def look(room, gate, clock, nmap, known=(), **more):
    scanner = Scanner(clock, nmap, rolling=bool(known))
    earlier = {PortSweep: known} if known else {}
    return room.do(collect_outside, HOST, gate, scanner, clock() + timedelta(minutes=5), earlier, **more)[PortSweep]


def then_silence(sweep: int, ports: frozenset[int]) -> frozenset[int]:
    """All ports of the first sweep refuse, then 700, then none: a ban, or a limit on connections."""
    return ports if sweep == 1 else frozenset(sorted(ports)[:700]) if sweep == 2 else frozenset()


def test_a_host_that_falls_silent_after_it_refused_is_not_a_clean_one(empty_room, make_gate, clock):
    """What the second sweep did not hear of was not looked at, and the reason says what to do about it."""
    sweep = look(empty_room, make_gate(), clock, Nmap(refused=then_silence))
    assert isinstance(sweep, PortSweep), sweep
    assert "fell silent though the host refuses others" in sweep.incomplete
    assert "Let the auditor's address through" in sweep.incomplete
    assert sweep.ports != ALL_PORTS
    assert (sweep.filtered, sweep.swept) == (0, len(numbers(sweep.ports)))
    assert 700 < sweep.swept < 2500


def test_a_firewall_that_drops_some_ranges_is_no_limit(empty_room, make_gate, clock):
    """A third of the ports dropped on purpose is a result."""
    sweep = look(empty_room, make_gate(), clock, Nmap(refused=lambda _, ports: ports - frozenset(range(1, 22_000))))
    assert isinstance(sweep, PortSweep), sweep
    assert (sweep.incomplete, sweep.ports, sweep.swept) == ("", ALL_PORTS, 65_535)
    assert sweep.filtered == 21_999


@pytest.mark.parametrize("silent", [True, False])
def test_a_host_with_no_open_port_must_still_refuse_after_the_sweep(empty_room, make_gate, clock, monkeypatch, silent):
    """A host that drops what nobody uses and refused a few ports: with those silent too, it has banned the auditor."""
    gate = make_gate()

    def nobody(*_):
        raise TimeoutError("timed out")

    if silent:
        monkeypatch.setattr(ScopeGate, "connect", nobody)
    sweep = look(empty_room, gate, clock, Nmap(refused=lambda _, ports: ports & {25, 80}))
    assert isinstance(sweep, Unavailable if silent else PortSweep), sweep
    assert not silent or "bans the auditor" in sweep.reason


class Failing:
    """A gate whose connections end so."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    def connect(self, *_):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        OSError(errno.EPERM, "Operation not permitted"),
        OSError(errno.EACCES, "Permission denied"),
        OSError(errno.ENOBUFS, "No buffer space available"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_trouble_of_this_machine_closes_no_port(make_gate, error):
    """A port that could not be tried is neither open nor closed."""
    permit = make_gate().permit(HOST.address, "see whether a known port is open")
    assert answering(Failing(error), permit, (50_001,)) == Tried((), ((50_001, str(error)),))


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), ConnectionResetError(), TimeoutError("timed out"), OSError(errno.EHOSTUNREACH, "")],
)
def test_what_the_host_or_a_firewall_said_is_an_answer(make_gate, error):
    """Refused, silent or rejected: closed."""
    permit = make_gate().permit(HOST.address, "see whether a known port is open")
    assert answering(Failing(error), permit, (50_001,)) == Tried()


def test_a_prohibition_over_ipv6_is_an_answer(make_gate):
    """RFC 4443, 3.1, code 1 comes as EACCES."""
    permit = make_gate().permit("::1", "see whether a known port is open")
    assert answering(Failing(OSError(errno.EACCES, "Permission denied")), permit, (50_001,)) == Tried()


@pytest.fixture
def greeter(empty_room):
    """Speaks some FTP on port 21 of the host."""

    def serve() -> None:
        while not over.is_set():
            try:
                with server.accept()[0] as client:
                    client.sendall(b"220 (vsFTPd 3.0.3)\r\n")
                    while client.recv(4096):
                        client.sendall(b"530 Permission denied.\r\n")
            except OSError:
                continue

    over, server = threading.Event(), empty_room.do(socket.create_server, (HOST.address, 21))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    over.set()
    server.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.close()


def yesterday(clock, *ports: int) -> PortSweep:
    then = clock() - timedelta(days=1)
    opened = tuple(OpenPort(HOST.address, port, "ftp") for port in ports)
    return PortSweep(HOST.address, Vantage.OUTSIDE, ALL_PORTS, opened, 0, then, then, "nmap", source=HOST.address)


def test_a_known_port_that_matters_is_not_closed_by_one_lost_packet(empty_room, make_gate, clock, greeter):
    """nmap heard nothing of port 21 on a host that drops the rest: a connection tells."""
    nmap = Nmap(refused=lambda _, ports: ports & {25})
    sweep = look(empty_room, make_gate(), clock, nmap, yesterday(clock, 21))
    assert isinstance(sweep, PortSweep), sweep
    assert [port.port for port in sweep.open] == [21]


def test_a_known_port_that_could_not_be_tried_stays_with_the_reason(empty_room, make_gate, clock, monkeypatch):
    """Out of sockets for a moment: what was open may still be, and be anything."""
    gate, connect = make_gate(), ScopeGate.connect

    def short_of_sockets(gate, permit, port, timeout):
        if port == 2_999:
            raise OSError(errno.EMFILE, "Too many open files")
        return connect(gate, permit, port, timeout)

    monkeypatch.setattr(ScopeGate, "connect", short_of_sockets)
    nmap = Nmap(refused=lambda _, ports: ports)
    sweep = look(empty_room, gate, clock, nmap, yesterday(clock, 2_999))
    assert isinstance(sweep, PortSweep), sweep
    (port,) = sweep.open
    assert (port.port, port.service, port.maybe) == (2_999, "", "*")
    assert "Too many open files" in port.login_reason
