"""Many hosts with few nmap processes, in a network of the tests' own whose hosts are addresses and firewall rules.

The kernel counts the packets: what is said of rates and of ports sent twice is what arrived.
"""

import itertools
import os
import re
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from posture.collect.network.nmap_report import Report
from posture.collect.network.sweep.notation import numbers
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.network.sweep.scout import Behaviour, classify, doubt, scout
from posture.collect.network.sweep.wanted import Rates, Wanted
from posture.collect.scope import ScopeError

pytestmark = pytest.mark.skipif(not (shutil.which("nmap") and shutil.which("nft")), reason="needs nmap and nftables")

# RFC 5737 and RFC 3849
CLOSED, DROPPING, TARPIT, DARK = (f"198.51.100.{n}" for n in (31, 32, 33, 34))
OTHER_NETWORK, SIX = "203.0.113.31", "2001:db8::31"
HOSTS = (CLOSED, DROPPING, TARPIT, DARK, OTHER_NETWORK)
NETWORKS = ("198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "127.0.0.0/8")
SYN_FLAG = "tcp flags & (syn|ack) == syn"
RATES = Rates(per_network=4_000, total=6_000, per_host=2_000)


def rules() -> str:
    """The hosts' firewalls, and counters: packets to each host, and those above each rate."""
    return f"""
    table inet hosts {{
      chain counted {{
        type filter hook output priority -300;
        {"".join(f'ip daddr {h} {SYN_FLAG} counter comment "to {h}"; ' for h in HOSTS)}
        {"".join(f'ip daddr {h} {SYN_FLAG} {above(RATES.per_host)} comment "over {h}"; ' for h in HOSTS)}
        ip daddr 198.51.100.0/24 {SYN_FLAG} {above(RATES.per_network)} comment "over network";
        {SYN_FLAG} {above(RATES.total)} comment "over total";
      }}
      chain arriving {{
        type filter hook input priority 0;
        ip daddr {DROPPING} tcp dport != 2121 tcp dport 1-65535 {SYN_FLAG} drop;
        ip daddr {DARK} drop;
      }}
      chain turned {{
        type nat hook output priority -100;
        ip daddr {TARPIT} tcp dport 1-65535 dnat ip to {TARPIT}:9999;
      }}
    }}
    """


def above(rate: int) -> str:
    """Counts what exceeds the rate by a tenth, and by a quarter of a second where the machine has other work."""
    return f"limit rate over {rate * 11 // 10}/second burst {rate // 4} packets counter"


class Network:
    """The room with its hosts, as threads of the program see it."""

    def __init__(self, room, make_gate, clock, folder: Path) -> None:
        self.room, self.make_gate, self.clock, self.log = room, make_gate, clock, folder / "argv"

    def wanted(self, address: str, ports: str, *, gate=None, seconds: float = 60, **more) -> Wanted:
        gate = gate or self.make_gate(*NETWORKS)
        permit = gate.permit(address, "port sweep")
        return Wanted(gate, permit, ports, "port sweep", self.clock() + timedelta(seconds=seconds), **more)

    def run(self, pool: SweepPool, *wanted: Wanted) -> list[Report | Exception]:
        """Each in a thread of its own."""

        def one(what: Wanted) -> Report | Exception:
            try:
                return pool.run(what)
            except (ScopeError, RuntimeError) as error:
                return error

        def all_at_once() -> list[Report | Exception]:
            with ThreadPoolExecutor(len(wanted)) as threads:
                return list(threads.map(one, wanted))

        return self.room.do(all_at_once)

    def sent(self) -> dict[str, int]:
        """The counters by comment."""
        rules = self.room.do(subprocess.run, ["nft", "list", "ruleset"], capture_output=True, text=True, check=True)
        found = re.findall(r'counter packets (\d+) bytes \d+ comment "(.*)"', rules.stdout)
        return {name: int(packets) for packets, name in found}

    def commands(self) -> list[str]:
        """One line for each nmap that was started."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def network(empty_room, make_gate, clock, tmp_path, monkeypatch):
    program = tmp_path / "bin/nmap"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/argv\nexec {shutil.which("nmap")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    made = Network(empty_room, make_gate, clock, tmp_path)
    for address in HOSTS:
        empty_room.do(subprocess.run, ["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    empty_room.do(subprocess.run, ["ip", "address", "add", f"{SIX}/128", "dev", "lo", "nodad"], check=True)
    ready = empty_room.do(subprocess.run, ["nft", "-f", "-"], input=rules(), capture_output=True, text=True)
    if ready.returncode:
        pytest.skip(f"nftables does not work here: {ready.stderr[:200]}")
    with ExitStack() as stack:
        for address, port in ((CLOSED, 2121), (DROPPING, 2121), (TARPIT, 9999), (OTHER_NETWORK, 2222), (SIX, 2121)):
            server = empty_room.do(socket.socket, socket.AF_INET6 if ":" in address else socket.AF_INET)
            stack.callback(server.close)
            server.bind((address, port))
            server.listen(200)
            if address in {CLOSED, OTHER_NETWORK}:
                stack.callback(server.shutdown, socket.SHUT_RDWR)
                threading.Thread(target=greet, args=(server,), daemon=True).start()
        yield made


def greet(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 (vsFTPd 3.0.3)\r\n")
                while connection.recv(4096):
                    connection.sendall(b"530 Permission denied.\r\n")
        except ConnectionError:
            continue
        except OSError:
            return


def open_ports(report: Report) -> list[int]:
    return [port.number for port in report.open]


def test_one_process_serves_many_hosts_and_keeps_them_apart(network, clock):
    """Hosts of two networks, each with its own result and its own lines in its own log."""
    gates = {address: network.make_gate(*NETWORKS) for address in HOSTS if address != TARPIT}
    pool = SweepPool(clock, RATES)
    wanted = [network.wanted(a, "2000-2300", gate=gate, retries=1) for a, gate in gates.items()]
    closed, dropping, dark, other = network.run(pool, *wanted)
    assert len(network.commands()) == 1
    assert (open_ports(closed), closed.filtered, closed.closed) == ([2121], 0, "2000-2120,2122-2300")
    assert (open_ports(dropping), dropping.filtered, dropping.silent) == ([2121], 300, "2000-2120,2122-2300")
    assert (open_ports(dark), dark.silent) == ([], "2000-2300")
    assert (open_ports(other), other.filtered) == ([2222], 0)
    for address, gate in gates.items():
        begun, ended = gate.log.actions
        assert begun.target == ended.target == f"{address} ports 2000-2300/tcp"
        assert (begun.result, ended.result) == ("begins: port sweep", f"{int(address != DARK)} open")
        assert begun.what.startswith("nmap -n -Pn -sS --privileged -T4 --min-rate 4000 --max-rate 4000 --max-retries 1")


def test_no_rate_is_exceeded_and_no_port_is_sent_twice(network, clock):
    """A first look, the rest by how each host behaves; the kernel's counters say what arrived and how fast.

    Of the rest, a few ports only: the rates are lower, too.
    """
    few = frozenset(range(2_000, 3_500))
    look = scout("run-1")
    first_ports, rest = numbers(look.ports), few - numbers(look.ports)
    pool = SweepPool(clock, RATES)
    hosts = [CLOSED, DROPPING, TARPIT, DARK, OTHER_NETWORK]
    first = dict(zip(hosts, network.run(pool, *(network.wanted(h, look.ports) for h in hosts)), strict=True))
    kinds = {host: classify(report, look.at_random) for host, report in first.items()}
    assert kinds == {
        CLOSED: Behaviour.USUAL,
        DROPPING: Behaviour.DROPPING,
        TARPIT: Behaviour.TARPIT,
        DARK: Behaviour.DARK,
        OTHER_NETWORK: Behaviour.USUAL,
    }
    assert "48 of 48 ports picked at random accept connections: a tarpit" in doubt(first[TARPIT], look.at_random)
    scouted = network.sent()
    assert scouted[f"to {CLOSED}"] == scouted[f"to {TARPIT}"] == len(first_ports)
    ports = ",".join(map(str, sorted(rest)))
    second = {h: network.wanted(h, ports, retries=kinds[h].retries) for h in hosts if h != TARPIT}
    reports = dict(zip(second, network.run(pool, *second.values()), strict=True))
    sent = {name: packets - scouted[name] for name, packets in network.sent().items()}
    assert all(len(rest) <= sent[f"to {name}"] <= 1.05 * len(rest) for name in (CLOSED, DARK))  # nmap may repeat some
    assert sent[f"to {TARPIT}"] == 0
    assert sent[f"to {DROPPING}"] <= 2 * len(rest)
    assert open_ports(first[CLOSED]) + open_ports(reports[CLOSED]) == [2121]
    assert open_ports(first[DROPPING]) + open_ports(reports[DROPPING]) == [2121]
    assert {name: packets for name, packets in network.sent().items() if name.startswith("over") and packets} == {}
    assert len(network.commands()) == 4, "the first look, and three ways to ask the rest"


def test_naming_is_shared_and_each_host_gets_its_own_ports(network, clock):
    """The ports differ; what is said of a host is about the ports that were asked for it."""
    wanted = [
        network.wanted(CLOSED, "2121", naming=True, seconds=200),
        network.wanted(OTHER_NETWORK, "2222", naming=True, seconds=200),
    ]
    one, other = network.run(SweepPool(clock, RATES), *wanted)
    assert len(network.commands()) == 1
    assert "-sV" in network.commands()[0]
    assert [(port.number, port.service) for port in one.open] == [(2121, "ftp")]
    assert [(port.number, port.service) for port in other.open] == [(2222, "ftp")]
    assert wanted[0].gate.log.actions[0].target == f"{CLOSED} ports 2121,2222/tcp", "what was really sent"


def test_ipv6_and_this_machine_go_beside(network, clock):
    """Three processes at once, none waits for another."""
    six, here, four = network.run(
        SweepPool(clock, RATES),
        network.wanted(SIX, "2000-2200"),
        network.wanted("127.0.0.1", "1-65535"),
        network.wanted(CLOSED, "2000-2200"),
    )
    assert (open_ports(six), open_ports(here), open_ports(four)) == ([2121], [], [2121])
    assert len(network.commands()) == 3
    assert sum("-6" in command.split() for command in network.commands()) == 1


def test_a_host_that_may_not_be_contacted_takes_nothing_from_the_others(network, clock):
    """Its authorization ends while it waits for the group; the others are looked at."""
    short = network.make_gate(*NETWORKS)
    ending = network.wanted(DROPPING, "2121", gate=short)
    asked = itertools.count()
    short.clock = lambda: clock() + timedelta(hours=2 if next(asked) > 1 else 0)  # it holds when it joins, and no later
    refused, closed, dark = network.run(
        SweepPool(clock, RATES),
        ending,
        network.wanted(CLOSED, "2121"),
        network.wanted(DARK, "2121", retries=2),
    )
    assert isinstance(refused, ScopeError)
    assert "MSA-7.1" in str(refused)
    assert (open_ports(closed), dark.silent) == ([2121], "2121")
    assert network.sent()[f"to {DROPPING}"] == 0


def test_a_log_that_cannot_be_written_takes_nothing_from_the_others(network, clock):
    """What must be logged before it is sent is not sent; the others go on without it."""
    gate = network.make_gate(*NETWORKS)
    wanted = network.wanted(DROPPING, "2121", gate=gate)

    class Full:
        def record(self, action) -> None:
            raise RuntimeError("no space left")

    gate.log = Full()
    failed, closed = network.run(SweepPool(clock, RATES), wanted, network.wanted(CLOSED, "2121"))
    assert isinstance(failed, RuntimeError)
    assert open_ports(closed) == [2121]
    assert network.sent()[f"to {DROPPING}"] == 0


def test_without_root_connections_are_shared_the_same_way(unprivileged_room, make_gate, clock):
    """User nobody; the hosts are two addresses of the room."""
    elsewhere = ("198.51.100.20", "198.51.100.21")
    network = Network(unprivileged_room, make_gate, clock, unprivileged_room.folder)
    with ExitStack() as stack:
        server = stack.enter_context(unprivileged_room.do(socket.socket))
        server.bind((elsewhere[0], 2121))
        server.listen(5)
        requests = [network.wanted(address, "2000-2300") for address in elsewhere]
        one, other = network.run(SweepPool(clock), *requests)
    assert (open_ports(one), one.closed) == ([2121], "2000-2120,2122-2300")
    assert (open_ports(other), other.closed) == ([], "2000-2300")
    first, second = (request.gate.log.actions[0].what for request in requests)
    assert first == second
    assert "-sT --unprivileged" in first
    assert "--max-rate 5000" in first
