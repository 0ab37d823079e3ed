"""What a firewall hides, and a second look at a few ports laid over the first. nmap's words are emulated here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from posture.collect.network.chosen_ports import ChosenPorts, may_stand_beside
from posture.collect.network.collect import collect_outside
from posture.collect.network.nmap_report import Report, ReportedPort
from posture.collect.network.port_plan import Standpoint
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.notation import numbers, written
from posture.collect.network.udp import exchange
from posture.facts.factset import OUTSIDE, Facts
from posture.facts.network import ALL_PORTS, OpenPort, PortSweep, Vantage
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource, ResourceKind

ADDRESS = "198.51.100.20"
HOST = Resource(ResourceKind.HOST, "web1", ADDRESS)


@pytest.fixture(autouse=True)
def short_udp(monkeypatch):
    """UDP is not what is tested here."""
    monkeypatch.setattr(exchange, "WINDOW", 0.05)


@dataclass
class Nmap:
    """A pool that reports as nmap does: these are silent, a firewall answers for those, all others refuse."""

    silent: Callable[[int], bool]
    rejected: frozenset[int] = frozenset()
    swept: list[str] = field(default_factory=list)
    up: bool = True

    def run(self, wanted) -> Report:
        if wanted.naming or not self.up:
            return Report(True, self.up, (), 0, "nmap 7.93")
        self.swept.append(wanted.ports)
        ports = numbers(wanted.ports)
        silent = {port for port in ports if self.silent(port)}
        rejected = (ports & self.rejected) - silent
        closed = ports - silent - rejected
        opened: tuple[ReportedPort, ...] = ()
        return Report(
            True, True, opened, len(silent) + len(rejected), "nmap 7.93", written(closed), written(silent),
            written(rejected),
        )  # fmt: skip


def look(room, gate, clock, nmap: Nmap, earlier: Facts | None = None, chosen: ChosenPorts | None = None) -> Facts:
    scanner = Scanner(clock, nmap, chosen={ADDRESS: chosen} if chosen else {})
    return room.do(collect_outside, HOST, gate, scanner, clock() + timedelta(minutes=5), earlier or {})


def test_ports_without_an_answer_on_a_host_that_refuses_the_rest_are_hidden(empty_room, make_gate, clock):
    """Those that stay silent and those that something answers for by ICMP."""
    sweep = look(empty_room, make_gate(), clock, Nmap({6379, 40_001}.__contains__, frozenset({9200})))[PortSweep]
    assert (sweep.hidden, sweep.filtered) == ((6379, 9200, 40_001), 3)


def test_a_host_that_drops_everything_hides_nothing_in_particular(empty_room, make_gate, clock):
    """An ordinary firewall that lets in what it serves, and refuses one port."""
    sweep = look(empty_room, make_gate(), clock, Nmap(lambda port: port != 25))[PortSweep]
    assert (sweep.hidden, sweep.filtered) == ((), 65_534)


def test_a_thousand_hidden_ports_are_enough_and_the_dangerous_ones_are_among_them(empty_room, make_gate, clock):
    """A third of all ports dropped: the list is bounded, and Redis is on it."""
    hides = Nmap(lambda port: port < 9_000)
    sweep = look(empty_room, make_gate(), clock, hides)[PortSweep]
    assert len(sweep.hidden) == 1_000
    assert {6379, 2375, 3306, 5432} <= set(sweep.hidden)


def test_a_second_look_sweeps_the_chosen_ports_and_keeps_the_rest_as_it_was(empty_room, make_gate, clock):
    """A few dozen ports are sent; what was open elsewhere stays, with the time it was seen."""
    first = look(empty_room, make_gate(), clock, Nmap({6379, 9200}.__contains__))
    seen = first[PortSweep]
    kept = OpenPort(ADDRESS, 22, "ssh")
    gone = OpenPort(ADDRESS, 6379, "redis")
    answered = OpenPort(ADDRESS, 123, "ntp", protocol="udp")
    first = {**first, PortSweep: replace(seen, open=(kept, gone, answered), asked_udp=(53, 123))}
    again = Nmap({9200}.__contains__)
    sweep = look(empty_room, make_gate(), clock, again, first, ChosenPorts(frozenset({6379}), frozenset({53})))[
        PortSweep
    ]
    assert [len(numbers(ports)) for ports in again.swept] == [49]
    assert sweep.open == (kept, answered)
    assert sweep.hidden == (9200,)
    assert (sweep.ports, sweep.tries(6379), sweep.tries(80)) == (ALL_PORTS, True, False)
    assert {at.at for at in sweep.looked if 80 in numbers(at.ports)} == {seen.started}
    assert {at.at for at in sweep.looked if 6379 in numbers(at.ports)} == {sweep.started}
    assert numbers(",".join(at.ports for at in sweep.looked)) == numbers(ALL_PORTS)
    assert [once.ports for once in sweep.once_open] == ["6379"]
    assert sweep.asked_udp == (53, 123)


def test_what_cannot_be_looked_at_again_takes_the_old_view_with_it(empty_room, make_gate, clock, monkeypatch):
    """A host that is down now is not assessed, whatever was seen of it."""
    monkeypatch.setattr("posture.collect.network.collect.time.sleep", lambda _: None)
    first = look(empty_room, make_gate(), clock, Nmap({6379}.__contains__))
    down = look(empty_room, make_gate(), clock, Nmap(bool, up=False), first, ChosenPorts(frozenset({6379})))
    assert all(isinstance(down[fact], Unavailable) for fact in OUTSIDE)


def test_a_second_look_stands_only_on_one_from_the_same_place(empty_room, make_gate, clock):
    """Another address, another place to look from, or a gap: then everything is looked at."""
    first = look(empty_room, make_gate(), clock, Nmap({6379}.__contains__))
    here = Standpoint(ADDRESS, Vantage.OUTSIDE, first[PortSweep].source)
    assert may_stand_beside(first, here)
    assert not may_stand_beside(first, replace(here, source="192.0.2.1"))
    assert not may_stand_beside(first, replace(here, address="198.51.100.21"))
    assert not may_stand_beside({}, here)
    assert not may_stand_beside({**first, OUTSIDE[-1]: Unavailable("a gap")}, here)
