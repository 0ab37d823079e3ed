"""Both sides of a host: at once, under one gate, and none of them where the gate says no."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from posture.collect import resource as module
from posture.collect.network.scanner import Scanner
from posture.collect.network.sweep.pool import SweepPool
from posture.collect.resource import ResourceCollector
from posture.facts.factset import COLLECTED, INSIDE, OUTSIDE, Facts, without
from posture.facts.host import ListeningSockets, OsRelease, Socket
from posture.facts.network import PortSweep, Vantage
from posture.facts.packages import InstalledPackages
from posture.facts.tls import TlsEndpoints
from posture.facts.unavailable import Unavailable
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DEADLINE = NOON + timedelta(minutes=15)
WEB1 = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
BAKERY = Customer(
    "bakery",
    "Example Bakery",
    Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOON - timedelta(1), NOON + timedelta(1)),
    networks=(ip_network("198.51.100.0/28"),),
    resources=(WEB1,),
)
SWEEP = PortSweep("198.51.100.2", Vantage.OUTSIDE, "1-65535", (), 0, NOON, NOON, "nmap 7.93")
SWEPT: Facts = {**without("not looked at in this test", OUTSIDE), PortSweep: SWEEP}
RELEASE = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
PACKAGES = InstalledPackages("dpkg", (), (), NOON)
SEEN: Facts = {**without("not looked at in this test", INSIDE), OsRelease: RELEASE, InstalledPackages: PACKAGES}


class Log(list[Action]):
    def record(self, action: Action) -> None:
        self.append(action)


class Bench:
    """A collector whose two sides are in the test's hands; notes who was contacted and what was prepared."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.contacted: list[tuple[str, datetime]] = []
        self.prepared: list[tuple[OsRelease, InstalledPackages, datetime]] = []
        self.log = Log()
        self.known: list[object] = []
        self.collect = ResourceCollector(
            self.log,
            lambda *known: self.prepared.append(known),
            Scanner(lambda: NOON, SweepPool(lambda: NOON)),
        )
        self._patch = patch
        self.sides()

    def sides(self, outside: Callable[[], Facts] = lambda: SWEPT, inside: Callable[[], Facts] = lambda: SEEN) -> None:
        def looks(side: str, look: Callable[[], object]):
            def there(_resource, _gate, _who, deadline, *_earlier, **_how):
                self.contacted.append((side, deadline))
                self.known += _earlier
                return look()

            return there

        self._patch.setattr(module, "collect_outside", looks("outside", outside))
        self._patch.setattr(module, "collect_inside", looks("inside", inside))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        (replace(BAKERY, networks=(ip_network("203.0.113.0/28"),)), "outside the networks"),
        (replace(BAKERY, exclude=(ip_network("198.51.100.2/32"),)), "outside the networks"),
        (replace(BAKERY, authorization=replace(BAKERY.authorization, valid_until=NOON)), "MSA-7.1 ended"),
    ],
    ids=["elsewhere", "excluded", "ended"],
)
def test_a_target_that_the_gate_refuses_is_contacted_from_neither_side(
    bench: Bench, customer: Customer, reason: str
) -> None:
    """Every fact says why there is none, and the refusal is in the log."""
    facts = bench.collect(customer, WEB1, "run-1", DEADLINE)
    assert bench.contacted == []
    assert bench.prepared == []
    assert set(facts) == set(COLLECTED[ResourceKind.HOST])
    for fact in facts.values():
        assert isinstance(fact, Unavailable)
        assert reason in fact.reason
        assert "nothing was sent" in fact.reason
    (refusal,) = bench.log
    assert refusal.result.startswith("refused: ")


def test_both_sides_come_together_and_at_the_same_time(bench: Bench) -> None:
    """Each side waits for the other here: one after the other, a night's audit would take twice as long."""
    both = threading.Barrier(2, timeout=20)

    def after_both(value):
        def look():
            both.wait()
            return value

        return look

    bench.sides(after_both(SWEPT), after_both(SEEN))
    facts = bench.collect(BAKERY, WEB1, "run-1", DEADLINE)
    assert facts == {**SWEPT, **SEEN}
    assert set(facts) == set(COLLECTED[ResourceKind.HOST])
    assert sorted(bench.contacted) == [("inside", DEADLINE), ("outside", DEADLINE)]


def test_the_last_look_is_known_to_the_next_one(bench: Bench) -> None:
    """A rolling night needs it."""
    bench.collect(BAKERY, WEB1, "run-1", DEADLINE, {PortSweep: SWEEP})
    assert bench.known[0] == {PortSweep: SWEEP}


def test_what_listens_inside_is_told_to_the_look_from_outside(bench: Bench) -> None:
    """A port that no sweep heard of is tried by itself when something listens on it; loopback is nobody else's."""
    sockets = (Socket("tcp", "0.0.0.0", 48379), Socket("tcp", "127.0.0.1", 5432), Socket("udp", "0.0.0.0", 53))
    bench.sides(inside=lambda: {**SEEN, ListeningSockets: ListeningSockets(sockets, True, NOON)})
    bench.collect(BAKERY, WEB1, "run-1", DEADLINE)
    _, listening, _ = bench.known
    assert listening() == (48379,)


def test_a_defect_met_outside_leaves_what_was_seen_inside(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """One answer of a stranger's server that breaks a reader must not blank the whole host."""

    def broken() -> Facts:
        raise ValueError("Exceeds the limit (4300 digits) \x1b[2J")

    bench.sides(outside=broken)
    facts = bench.collect(BAKERY, WEB1, "run-1", DEADLINE)
    assert facts[OsRelease] == RELEASE
    assert {type(facts[kind]) for kind in OUTSIDE} == {Unavailable}
    assert "defect of this program (ValueError)" in facts[PortSweep].reason
    assert "4300 digits" in caplog.text
    assert "\x1b" not in caplog.text


def test_what_the_host_runs_is_prepared_for_within_the_hosts_time(bench: Bench) -> None:
    bench.collect(BAKERY, WEB1, "run-1", DEADLINE)
    assert bench.prepared == [(RELEASE, PACKAGES, DEADLINE)]


@pytest.mark.parametrize("missing", [OsRelease, InstalledPackages])
def test_nothing_is_prepared_for_a_system_that_was_not_seen(bench: Bench, missing: type) -> None:
    bench.sides(inside=lambda: {**SEEN, missing: Unavailable("no login")})
    assert bench.collect(BAKERY, WEB1, "run-1", DEADLINE)[missing] == Unavailable("no login")
    assert bench.prepared == []


def test_a_kind_that_cannot_be_looked_at_yet_has_no_facts(bench: Bench) -> None:
    """And nobody is contacted, whatever stands in the inventory."""
    assert bench.collect(BAKERY, Resource(ResourceKind.ALL_HOSTS, "all hosts"), "run-1", DEADLINE) == {}
    assert (bench.contacted, bench.log) == ([], [])


def test_accounts_are_read_from_an_export(bench: Bench, tmp_path) -> None:
    """The list becomes one fact; no host is contacted for it."""
    (tmp_path / "staff.csv").write_text("user,mfa_enrolled,exported_at\nalice,yes,2026-05-30T08:00:00Z\n")
    settings = (("source", "csv"), ("path", str(tmp_path / "staff.csv")))
    staff = Resource(ResourceKind.ACCOUNTS, "staff", settings=settings)
    facts = bench.collect(BAKERY, staff, "run-1", DEADLINE)
    assert set(facts) == set(COLLECTED[ResourceKind.ACCOUNTS])
    (fact,) = facts.values()
    assert [one.name for one in fact.accounts] == ["alice"]
    assert bench.contacted == []


@pytest.mark.parametrize(
    ("sides", "contacted", "prepared"), [((False, True), ["inside"], 1), ((True, False), ["outside"], 0)]
)
def test_the_side_that_is_not_looked_at_stays_as_it_was(bench: Bench, sides, contacted, prepared) -> None:
    """With the time of its own look; what was never seen is not known, rather than fine."""
    known = {PortSweep: SWEEP, OsRelease: RELEASE}
    facts = replace(bench.collect, sides=sides)(BAKERY, WEB1, "run-1", DEADLINE, known)
    assert [side for side, _ in bench.contacted] == contacted
    assert len(bench.prepared) == prepared
    assert set(facts) == set(COLLECTED[ResourceKind.HOST])
    assert (facts[PortSweep], facts[OsRelease]) == (SWEEP, RELEASE)
    never = InstalledPackages if sides == (True, False) else TlsEndpoints
    assert isinstance(facts[never], Unavailable)
