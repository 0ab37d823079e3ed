"""What a look is told of the looks before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fleet
import pytest

from posture.engine.unit import Job, run_unit
from posture.facts.codec import to_json
from posture.facts.factset import COLLECTED, Facts, without
from posture.facts.network import LookedAt, PortSweep
from posture.model.resource import ResourceKind
from posture.model.run import Run
from posture.model.unit import ClaimedUnit, UnitResult
from posture.policy.load import default_policy
from posture.store import Store, open_store

Night = Callable[..., Facts]
LOOKED = LookedAt("1-65535", fleet.NOON - timedelta(days=3))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        yield opened


@pytest.fixture
def begun(store: Store) -> Callable[[], ClaimedUnit]:
    """begun() -> the one unit of a new run of one host."""
    number = 0

    def begin() -> ClaimedUnit:
        nonlocal number
        number += 1
        (customer,) = fleet.customers(1, 1)
        run = Run(f"run-{number}", fleet.NOON, "test", "test")
        store.start_run(run, "plan", [(customer, ["c0-h0"])], fleet.NOON)
        unit = store.claim(run.id, "worker", timedelta(hours=1), fleet.NOON)
        assert unit is not None
        return unit

    return begin


@pytest.fixture
def night(store: Store, begun: Callable[[], ClaimedUnit]) -> Night:
    """night(facts) -> what the collector was told was known, in a run in which it then brings these facts."""

    def done(facts: Facts) -> Facts:
        told: list[Facts] = []

        def collect(_customer, _resource, _run, _deadline, earlier: Facts) -> Facts:
            told.append(earlier)
            return facts

        plan = fleet.planned(fleet.customers(1, 1))
        job = Job(plan, default_policy(), store, collect, fleet.NoAdvice(), lambda: fleet.NOON)
        assert run_unit(job, begun())
        return told[0]

    return done


def seen() -> Facts:
    facts = next(f for f in (fleet.facts_of(fleet._host(f"h{n}")) for n in range(9)) if _swept(f))
    return {**facts, PortSweep: replace(facts[PortSweep], looked=(LOOKED,), swept=4_812, source="192.0.2.7")}


def _swept(facts: Facts) -> bool:
    return isinstance(facts[PortSweep], PortSweep)


def test_a_look_is_told_what_the_last_one_that_saw_anything_saw(night: Night) -> None:
    """The first is told nothing; a night when the host was not reached takes nothing away."""
    nothing = without("the host is down", COLLECTED[ResourceKind.HOST])
    assert night(seen()) == {}
    assert night(nothing) == seen()
    assert night(seen()) == seen()


def test_how_many_ports_were_looked_at_is_kept_with_the_run(store: Store, night: Night) -> None:
    """For the report: this many now, no look older than that, and from where."""
    night(seen())
    view = store.customer_view("c0", default_policy(), "run-1")
    assert view is not None
    (ports,) = view.ports
    assert (ports.resource, ports.now, ports.every) == ("c0-h0", 4_812, 65_535)
    assert (ports.oldest, ports.partial, ports.source) == (LOOKED.at, True, "192.0.2.7")


@pytest.mark.parametrize(
    "stored",
    [
        b'{"FactOfAnotherVersion":{"value":{}}}',
        b'{"PortSweep":{"value":{"address":"198.51.100.2"}}}',
        b'{"PortSweep":{}}',
        b"[]",
        b"3",
        b"{",
        b"",
        to_json({})[:-1] + b'"PortSweep":null}',
    ],
)
def test_facts_of_another_version_are_none(
    store: Store, begun: Callable[[], ClaimedUnit], night: Night, stored: bytes
) -> None:
    """What cannot be read is looked at anew; it stops nobody's night."""
    assert store.commit(begun(), UnitResult(stored, ()), lambda _f, _a: (), fleet.NOON)
    assert night(seen()) == {}


def test_one_fact_of_another_version_takes_no_other_away(
    store: Store, begun: Callable[[], ClaimedUnit], night: Night
) -> None:
    """Each fact is read for itself."""
    rest = {kind: fact for kind, fact in seen().items() if kind is not PortSweep}
    stored = to_json(rest)[:-1] + b',\n"PortSweep":{"value":{"address":"198.51.100.2"}}}'
    assert store.commit(begun(), UnitResult(stored, ()), lambda _f, _a: (), fleet.NOON)
    assert night(seen()) == rest
