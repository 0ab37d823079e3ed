"""What a fleet's nights look at: everything once, then what was open, what is dangerous, and the rest in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.port_plan import (
    MOST_SLICES,
    NIGHTS,
    STALE,
    PortPlan,
    Standpoint,
    port_plan,
    ranges_of,
    slices_of,
)
from posture.facts.network import ALL_PORTS, MOST_PORTS, LookedAt, OpenPort, PortSweep, Vantage

FIRST = datetime(2026, 11, 1, 22, tzinfo=UTC)
HERE = Standpoint("198.51.100.2", Vantage.OUTSIDE, "192.0.2.10")
ALWAYS = (6379, 11211, 27017)


def members(ports: str) -> set[int]:
    return {port for first, last in ranges_of(ports) for port in range(first, last + 1)}


def mask(ports: str) -> int:
    """The ports as bits of a number: sets of 65,535 would take these tests minutes."""
    return union((1 << last + 1) - (1 << first) for first, last in ranges_of(ports))


def union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def part_of(ports: str, at: datetime, *open_: int, **other: object) -> PortSweep:
    """What a look at these ports came to."""
    found = tuple(OpenPort(HERE.address, port) for port in open_)
    values: dict[str, object] = {"source": HERE.source, **other}
    return PortSweep(HERE.address, HERE.vantage, ports, found, 0, at, at + timedelta(minutes=9), "nmap 7.93", **values)


def first_look(*open_: int, at: datetime = FIRST) -> PortSweep:
    return port_plan(None, at, ALWAYS, HERE).merged(part_of(ALL_PORTS, at, *open_))


@dataclass
class Host:
    """A host looked at night by night; notes when which ports were really looked at."""

    nights: int = NIGHTS
    known: PortSweep | None = None
    really: list[tuple[datetime, int]] = field(default_factory=list)

    def night(self, now: datetime, open_: Sequence[int] = (), *, fails: bool = False) -> PortPlan:
        plan = port_plan(self.known, now, ALWAYS, HERE, self.nights)
        if fails:
            return plan
        looked = mask(plan.ports)
        self.really.append((now, looked))
        self.known = plan.merged(part_of(plan.ports, now, *(port for port in open_ if looked >> port & 1)))
        return plan


def test_the_first_look_is_at_everything() -> None:
    """And says why; nothing of it is older than the look itself."""
    plan = port_plan(None, FIRST, ALWAYS, HERE)
    assert (plan.full, plan.ports, plan.count) == (True, ALL_PORTS, MOST_PORTS)
    assert "nothing is known" in plan.why
    known = first_look(22)
    assert (known.ports, known.swept, known.looked) == (ALL_PORTS, MOST_PORTS, ())


def test_a_later_night_looks_at_what_was_open_what_is_dangerous_and_one_slice() -> None:
    """A fourteenth of the ports and a few more, and the merged facts still speak of all."""
    udp = OpenPort(HERE.address, 60_053, protocol="udp")
    before = first_look(22, 50_000)
    before = replace(before, open=(*before.open, udp))
    plan = port_plan(before, FIRST + timedelta(days=1), ALWAYS, HERE)
    assert members(plan.ports) == {22, 50_000, *ALWAYS, *range(1, 4682)}
    assert plan.count == len(members(plan.ports))
    assert members(plan.common) == {*ALWAYS, *range(1, 4682)}, "what hosts of one turn share"
    now = plan.merged(part_of(plan.ports, FIRST + timedelta(days=1), 22))
    assert [port.port for port in now.open] == [22], "50000 was looked at and is closed"
    assert (now.ports, now.swept, now.tried) == (ALL_PORTS, plan.count, plan.ports)
    assert [now.tries(port) for port in (22, 4681, 4682, 50_000, 65_535)] == [True, True, False, True, False]
    assert all(before.tries(port) for port in (1, 4682, 65_535))
    assert now.looked[0] == LookedAt("1-4681", FIRST + timedelta(days=1))
    assert {one.at for one in now.looked[1:]} == {FIRST}
    assert plan.oldest == FIRST


def test_what_listened_inside_is_looked_at_every_night() -> None:
    """A port that a firewall holds shut is not among the open ones, and its owner must not hear it told two ways."""
    plan = port_plan(first_look(22), FIRST + timedelta(days=1), ALWAYS, HERE).with_known([9_100, 22, 0])
    assert plan.known == (22, 9_100)
    assert 9_100 in members(plan.ports)
    assert 9_100 not in members(plan.common)
    whole = port_plan(None, FIRST, ALWAYS, HERE)
    assert whole.with_known([9_100]) == whole


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"address": "198.51.100.3"}, "another address"),
        ({"vantage": Vantage.SAME_MACHINE}, "another side"),
        ({"source": "203.0.113.10"}, "another place"),
        ({"source": ""}, "another place"),
        ({"ports": "1-1024"}, "not all ports"),
        ({"looked": (LookedAt("1-70000", FIRST),)}, "not all ports"),
        ({"looked": (LookedAt("1-30000,30002-65535", FIRST),)}, "not all ports"),
        ({"looked": (LookedAt(ALL_PORTS, FIRST + timedelta(days=9)),)}, "clock"),
        ({"ended": FIRST + timedelta(days=9)}, "clock"),
        ({"started": FIRST - timedelta(days=NIGHTS * STALE)}, "older than 42 nights"),
    ],
)
def test_what_cannot_be_gone_on_from_leads_to_a_look_at_everything(change: dict[str, object], said: str) -> None:
    """What was seen elsewhere, from elsewhere, long ago, in part or in the future says nothing about tonight."""
    plan = port_plan(replace(first_look(22), **change), FIRST + timedelta(days=1), ALWAYS, HERE)
    assert plan.ports == ALL_PORTS
    assert said in plan.why


@pytest.mark.parametrize(
    ("before", "now", "full"), [("2001:db8::1", "2001:db8::2", False), ("2001:db8::1", "2001:db8:0:1::1", True)]
)
def test_a_temporary_address_of_the_scanner_is_no_other_place(before: str, now: str, full: bool) -> None:
    """IPv6 changes the last half every day (RFC 8981): that must not cost a whole sweep every night."""
    known = replace(first_look(), source=before)
    assert port_plan(known, FIRST + timedelta(days=1), ALWAYS, replace(HERE, source=now)).full is full


def test_a_look_that_came_to_less_than_the_plan_is_not_passed_off_as_the_whole() -> None:
    """It keeps its own ports and its reason, and the next night looks at everything."""
    tomorrow = FIRST + timedelta(days=1)
    plan = port_plan(first_look(22, 50_000), tomorrow, ALWAYS, HERE)
    known = plan.merged(part_of("1-4681", tomorrow, 22, incomplete="the time was over"))
    assert (known.ports, known.incomplete, known.swept, known.looked) == ("1-4681", "the time was over", 4681, ())
    assert port_plan(known, tomorrow + timedelta(days=1), ALWAYS, HERE).full
    stopped = port_plan(None, FIRST, ALWAYS, HERE).merged(part_of("1-1000", FIRST))
    assert stopped.ports == "1-1000"


def test_missed_nights_are_caught_up_with_at_most_three_slices_a_night() -> None:
    """No more than needed, and never as much as a whole sweep."""
    host = Host()
    host.night(FIRST)
    assert len(host.night(FIRST + timedelta(days=1)).slices) == 1
    assert len(host.night(FIRST + timedelta(days=8)).slices) == 2
    late = host.night(FIRST + timedelta(days=8 + 15))
    assert len(late.slices) == MOST_SLICES
    assert late.count < MOST_PORTS / 4


def test_another_number_of_nights_keeps_what_is_known() -> None:
    """Slices of another size take the oldest look at any of their ports."""
    host = Host(nights=14)
    for night in range(5):
        host.night(FIRST + timedelta(days=night))
    plan = port_plan(host.known, FIRST + timedelta(days=5), ALWAYS, HERE, 7)
    assert not plan.full
    assert plan.slices == slices_of(7)[2:4], "the first two were looked at in the nights before; five in two nights"
    assert {one.at for one in plan.others} == {FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=3)}


@given(st.integers(1, 40))
def test_slices_are_all_ports_each_once(nights: int) -> None:
    """Nothing is forgotten between two slices."""
    ranges = slices_of(nights)
    assert len(ranges) == nights
    assert [*(port for first, last in ranges for port in range(first, last + 1))] == [*range(1, MOST_PORTS + 1)]


def jittered() -> st.SearchStrategy[list[float]]:
    """Hours after the planned beginning of each of some nights."""
    return st.lists(st.floats(-5, 5), min_size=8, max_size=30)


def nights_of(jitter: Sequence[float]) -> Iterator[datetime]:
    return (FIRST + timedelta(days=night, hours=late) for night, late in enumerate(jitter))


@given(st.integers(1, 8), jittered())
def test_every_port_is_looked_at_within_so_many_nights_when_none_is_missed(nights: int, jitter: list[float]) -> None:
    """Whenever in the night the look begins: of any `nights` nights in a row, one looked at the port."""
    host = Host(nights)
    seen = [mask(host.night(now).ports) for now in nights_of(jitter)]
    assert seen[0] == mask(ALL_PORTS)
    for start in range(len(seen) - nights + 1):
        assert union(seen[start : start + nights]) == mask(ALL_PORTS)


OPEN_SOMETIMES = st.lists(st.sets(st.integers(40_000, 40_004), max_size=3), min_size=2, max_size=25)


@given(st.integers(1, 8), OPEN_SOMETIMES, jittered())
def test_a_port_that_was_open_is_looked_at_on_each_of_the_nights_after(
    nights: int, story: list[set[int]], jitter: list[float]
) -> None:
    """A service that restarts while it is looked at is not lost until its port has its turn."""
    host, seen_open = Host(nights), {}
    for night, (now, open_) in enumerate(zip(nights_of(jitter), story, strict=False)):
        plan = host.night(now, sorted(open_))
        tonight = members(plan.ports)
        for port, last in seen_open.items():
            assert night - last > nights or port in tonight, "forgotten"
        seen_open |= dict.fromkeys(open_ & tonight, night)
        forgotten = {port for port, last in seen_open.items() if night - last > nights}
        remembered = {port for one in host.known.once_open for port in members(one.ports)}
        assert not remembered & (open_ & tonight), "what is open has not closed"
        assert not remembered & forgotten, "kept for ever"


def test_a_port_that_closed_is_remembered_with_the_time_it_was_last_open() -> None:
    """Also over a night at everything, and no longer than it takes every port to have its turn."""
    host = Host()
    host.night(FIRST, [22, 50_000])
    for night in range(1, NIGHTS + 1):
        plan = host.night(FIRST + timedelta(days=night), [22])
        assert 50_000 in plan.known
        assert host.known.once_open == (LookedAt("50000", FIRST),)
    assert 50_000 not in host.night(FIRST + timedelta(days=NIGHTS + 1), [22]).known
    assert host.known.once_open == ()


WHAT = st.sampled_from(["look", "look", "look", "miss", "fail"])
NIGHT = st.tuples(WHAT, st.sets(st.integers(1, MOST_PORTS), max_size=3))


@given(st.integers(2, 6), st.lists(NIGHT, min_size=1, max_size=25))
def test_whatever_nights_are_missed_or_fail(nights: int, story: list[tuple[str, set[int]]]) -> None:
    """Known-open ports are looked at each time, no slice claims a later look than it had, and lateness is bounded."""
    host, wait = Host(nights), 0
    for night, (what, open_) in enumerate(story):
        now = FIRST + timedelta(days=night)
        if what == "miss":
            wait += 1
            continue
        before = host.known
        plan = host.night(now, sorted(open_), fails=what == "fail")
        tonight = mask(plan.ports)
        assert all(tonight >> port & 1 for port in ALWAYS)
        assert plan.full or len(plan.slices) <= MOST_SLICES
        if before is not None:
            assert all(tonight >> port.port & 1 for port in before.open)
        if what == "fail":
            assert host.known is before
            wait += 1
            continue
        assert host.known.ports == ALL_PORTS
        seen = {port for port in open_ if tonight >> port & 1}
        assert {port.port for port in host.known.open} == seen, "nothing stale, nothing invented"
        claimed = host.known.looked or (LookedAt(ALL_PORTS, host.known.started),)
        assert union(mask(one.ports) for one in claimed) == mask(ALL_PORTS)
        for one in claimed:
            since = union(looked for at, looked in host.really if at >= one.at)
            assert mask(one.ports) & ~since == 0, "claims a later look than there was"
            assert now - one.at <= timedelta(days=nights + wait), (
                "a port waits for the nights that were lost, no longer"
            )
