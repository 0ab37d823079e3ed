"""The invented fleet is worth testing with: always the same, and as varied as the checks are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from simulator.collector import Defect, SimulatedCollect
from simulator.fleet import NOON, customers
from simulator.night import begin, by_threads, jobs

from posture.cli.plugins import loaded
from posture.engine.plan import Plan, expected
from posture.model.verdict import Outcome
from posture.policy.load import default_policy
from posture.store import open_store


def seen(collect, customer):
    for resource in customer.resources:
        try:
            yield resource.id, collect(customer, resource, "run", NOON, {})
        except Defect:
            yield resource.id, None


def test_the_same_seed_and_night_say_the_same_and_others_do_not():
    """Else no two executors could be compared."""
    fleet = list(customers(6, 10))
    assert fleet == list(customers(6, 10))
    first = [dict(seen(SimulatedCollect(night=3), customer)) for customer in fleet]
    assert first == [dict(seen(SimulatedCollect(night=3), customer)) for customer in fleet]
    assert first != [dict(seen(SimulatedCollect(night=4), customer)) for customer in fleet]
    assert first != [dict(seen(SimulatedCollect(seed=2, night=3), customer)) for customer in fleet]


def test_fleets_grow_and_shrink_over_nights():
    before, after = list(customers(200, 5)), list(customers(200, 5, night=9))
    sizes = [len(new.resources) - len(old.resources) for old, new in zip(before, after, strict=True)]
    assert max(sizes) > 0 > min(sizes)
    assert sizes.count(0) > 100


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """Two nights of 40 customers with 10 resources, and the outcomes of each."""
    url = f"sqlite:///{tmp_path_factory.mktemp('night')}/posture.db"
    with open_store(url) as store:
        found = []
        for number in range(2):
            fleet = list(customers(40, 10, night=number))
            night = begin(store, fleet, number)
            by_threads(store, night, jobs(store, SimulatedCollect(night=number)))
            outcomes = [(one.customer, a.resource, a.check.id, a.outcome)
                        for one in store.facts(night.run) for a in one.assessments]  # fmt: skip
            found.append((fleet, night, outcomes))
        yield store, found


def test_every_resource_and_check_has_exactly_one_outcome(nights):
    _, found = nights
    for fleet, _, outcomes in found:
        work = tuple((customer.id, tuple(r.id for r in customer.resources)) for customer in fleet)
        due = expected(Plan(tuple(fleet), work, loaded().checks, whole=True))
        counted = Counter(outcome[:3] for outcome in outcomes)
        assert set(counted) == due
        assert set(counted.values()) == {1}


def test_nearly_every_check_has_something_to_say(nights):
    """A fleet that most checks pass over measures nothing."""
    _, found = nights
    judged = {check for *_, check, outcome in found[0][2] if outcome in {Outcome.PASS, Outcome.FAIL}}
    failed = {check for *_, check, outcome in found[0][2] if outcome is Outcome.FAIL}
    every = {check.id for check in loaded().checks}
    assert len(judged) > 0.75 * len(every), sorted(every - judged)
    assert len(failed) > 0.5 * len(every), sorted(every - failed)


def test_findings_live_from_night_to_night(nights):
    store, found = nights
    statuses = Counter(s.status.value for s in store.standings(found[1][1].run) for _ in range(s.count))
    assert set(statuses) >= {"new", "open", "resolved"}
    customer = found[1][0][0].id
    view = store.customer_view(customer, default_policy(), found[1][1].run)
    assert view.previous == replace(store.run(found[0][1].run), ended=view.previous.ended)
