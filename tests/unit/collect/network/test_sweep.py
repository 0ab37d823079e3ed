"""The whole collector with the real nmap, in networks of the tests' own."""

import shutil
import socket
import subprocess
import threading
from contextlib import ExitStack
from datetime import timedelta
from ipaddress import ip_address

import pytest

from posture.collect.network.collect import collect_outside
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.pool import SweepPool
from posture.facts.network import Login, PortSweep, Vantage
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind

pytestmark = pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")

ELSEWHERE = "198.51.100.20"
LOCAL = Resource(ResourceKind.HOST, "this-machine", local=True)


def look(room, gate, clock, resource=LOCAL):
    scanner = Scanner(clock, SweepPool(clock))
    return room.do(collect_outside, resource, gate, scanner, clock() + timedelta(minutes=5))[PortSweep]


@pytest.fixture
def greeter():
    """Starts an FTP-like server in a room's thread: nmap names it at once."""
    with ExitStack() as stack:

        def listen(address: str, port: int) -> None:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            server = stack.enter_context(socket.socket(family))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            server.listen(50)
            stack.callback(server.shutdown, socket.SHUT_RDWR)
            threading.Thread(target=greet, args=(server,), daemon=True).start()

        yield listen


def greet(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            try:
                connection.sendall(b"220 (vsFTPd 3.0.3)\r\n")
                while connection.recv(4096):
                    connection.sendall(b"530 Permission denied.\r\n")
            except OSError:
                continue


def test_everything_that_listens_is_found_named_and_asked(room, make_gate, clock):
    """All real servers on unusual ports: none missed, none invented, each with its login; every step is in the log."""
    if not room.alone:
        pytest.skip("needs root: loopback of the whole machine is not swept by a test")
    gate = make_gate()
    sweep = look(room, gate, clock)
    assert isinstance(sweep, PortSweep), sweep
    assert {port.port for port in sweep.open} == set(room.ports.values())
    services = {name: name.partition("-")[0] for name in room.ports}
    by_port = {port.port: port for port in sweep.open}
    assert {name: by_port[number].service for name, number in room.ports.items()} == services
    without = {name for name, number in room.ports.items() if by_port[number].login is Login.NOT_NEEDED}
    asked_for_none = {
        "redis",
        "redis-tls",
        "redis-unprotected",
        "memcached",
        "ftp-anonymous",
        "ftp-starttls",
        "postgresql",
    }
    assert without == asked_for_none & set(room.ports)
    unknown = {name for name, number in room.ports.items() if by_port[number].login is Login.UNKNOWN}
    assert unknown == {"redis-no-ping"} & set(room.ports)
    assert (sweep.vantage, sweep.ports, sweep.filtered) == (Vantage.SAME_MACHINE, "1-65535", 0)
    assert sweep.scanner.startswith("nmap ")
    begun = [a for a in gate.log.actions if a.result.startswith("begins")]
    ended = [a for a in gate.log.actions if not a.result.startswith("begins")]
    assert {(a.what, a.target) for a in begun} == {(a.what, a.target) for a in ended}
    assert {a.authorization for a in gate.log.actions} == {"MSA-7.1"}


def test_without_root_connections_do_the_same(unprivileged_room, greeter, make_gate, clock):
    """User nobody gets the same result by full connections."""
    room, gate = unprivileged_room, make_gate()
    room.do(greeter, ELSEWHERE, 2121)
    sweep = look(room, gate, clock, Resource(ResourceKind.HOST, "web1", ELSEWHERE))
    assert [(p.port, p.service, p.login) for p in sweep.open] == [(2121, "ftp", Login.REQUIRED)]
    assert sweep.vantage is Vantage.OUTSIDE
    assert "-sT" in gate.log.actions[0].what


def test_root_without_raw_sockets_falls_back_to_connections(rawless_room, greeter, make_gate, clock):
    """In a container that forbids raw sockets the sweep is still done."""
    room, gate = rawless_room, make_gate()
    room.do(greeter, "127.0.0.1", 2121)
    sweep = look(room, gate, clock)
    assert [p.port for p in sweep.open] == [2121]
    sweeps = [(a.what, a.result) for a in gate.log.actions if a.what.startswith("nmap") and "begins" not in a.result]
    assert "-sS" in sweeps[0][0]
    assert "packets" in sweeps[0][1]
    assert all("-sT" in what and result.endswith(" open") for what, result in sweeps[1:]), sweeps


@pytest.mark.skipif(not shutil.which("nft"), reason="nftables is not installed")
def test_ipv6_and_ports_that_drop(empty_room, greeter, make_gate, clock):
    """An IPv6 address is swept; ports behind a firewall that drops are counted as filtered, not as closed."""
    rules = "add table inet f; add chain inet f i { type filter hook input priority 0; }; "
    rules += "add rule inet f i tcp dport { 3000-3009 } drop"
    dropped = empty_room.do(subprocess.run, ["nft", rules], capture_output=True)
    if dropped.returncode:
        pytest.skip(f"nftables does not work here: {dropped.stderr.decode()[:100]}")
    empty_room.do(greeter, "::1", 2121)
    sweep = look(empty_room, make_gate(), clock, Resource(ResourceKind.HOST, "six", "::1"))
    assert [(p.address, p.port, p.service) for p in sweep.open] == [("::1", 2121, "ftp")]
    assert sweep.filtered == 10


def test_a_tarpit_is_no_host_with_a_thousand_services(empty_room, make_gate, clock):
    """More than a thousand open ports that say nothing are not reported as open."""
    with ExitStack() as stack:

        def listen() -> None:
            for port in range(20000, 21100):
                server = stack.enter_context(socket.socket())
                server.bind(("127.0.0.1", port))
                server.listen(5)

        empty_room.do(listen)
        gate = make_gate()
        seen = look(empty_room, gate, clock)
    assert isinstance(seen, Unavailable)
    assert "1,100 of 65,535 ports" in seen.reason
    assert "tarpit" in seen.reason
    assert len([a for a in gate.log.actions if a.result == "connected"]) == 16


@pytest.mark.skipif(not shutil.which("nft"), reason="nftables is not installed")
def test_a_firewall_that_bans_during_the_sweep_is_no_closed_host(empty_room, greeter, make_gate, clock):
    """One port was seen open, then everything is dropped: that says nothing of the ports that came later."""
    rules = "add table inet f; add chain inet f i { type filter hook input priority 0; }; add rule inet f i "
    rules += f"ip daddr {ELSEWHERE} tcp flags & (syn|ack) == syn quota over 2500000 bytes drop"  # most of a sweep
    done = empty_room.do(subprocess.run, ["nft", rules], capture_output=True)
    if done.returncode:
        pytest.skip(f"nftables does not work here: {done.stderr.decode()[:100]}")
    empty_room.do(greeter, ELSEWHERE, 21)  # nmap begins with the ports that are most often open
    gate = make_gate()
    seen = look(empty_room, gate, clock, Resource(ResourceKind.HOST, "web1", ELSEWHERE))
    assert "1 open" in [action.result for action in gate.log.actions]
    assert isinstance(seen, Unavailable), seen
    assert "Let the auditor's address through" in seen.reason


def test_further_addresses_of_a_name_are_told(empty_room, make_gate, clock):
    """One address of a name is looked at; the customer's others are said not to be, those of others are left out."""
    addresses = ("198.51.100.20", "203.0.113.9", "198.51.100.21")
    gate = make_gate(resolver=lambda _name: tuple(map(ip_address, addresses)))
    sweep = look(empty_room, gate, clock, Resource(ResourceKind.HOST, "web1", "web1.bakery.example"))
    assert isinstance(sweep, PortSweep), sweep
    assert (sweep.address, sweep.others) == ("198.51.100.20", ("198.51.100.21",))
