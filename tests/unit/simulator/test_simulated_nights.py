"""The invented fleet is worth testing with: always the same, and as varied as the checks are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from simulator.advice import SimulatedAdvice
from simulator.collector import Defect, SimulatedCollect
from simulator.fleet import NOON, customers
from simulator.night import begin, by_threads, jobs

from posture.cli.plugins import loaded
from posture.engine.derive import derive
from posture.engine.judge import judge
from posture.engine.plan import Plan, expected
from posture.model.resource import Resource, ResourceKind
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


MANY = 250  # resources of a kind
_POWERS = "what users and roles may do is concluded from their policies, and invented accounts have the wrong ones"
UNREACHED = {
    "email.null-mx-missing": "no invented domain is known to send no mail and has no address that takes it",
    "keys.aws-permissions-unused": _POWERS,
    "keys.aws-role-trust-federated": _POWERS,
    "keys.private-key-opens-host": "no host keeps another's key, and hardly a customer has all hosts seen whole",
    "keys.shared-prime": "invented keys are names without numbers, and hardly a customer has all hosts seen whole",
    "mfa.aws-admin-mfa-phishable": _POWERS,
    "mfa.aws-identity-center": "by its nature: no API tells it, so that it never passes and never fails",
}
"""Checks that judge nothing of the invented fleet, and why; all others pass or fail somewhere."""


def verdicts_of_many():
    """Check and outcome, of many resources of each kind."""
    (customer,) = customers(1, 1)
    checks, advice = loaded().checks, SimulatedAdvice()
    for kind in set(ResourceKind) - {ResourceKind.ALL_HOSTS}:
        for number in range(MANY):
            resource = Resource(kind, f"r{number}.example", f"10.0.0.{number}" if kind is ResourceKind.HOST else "")
            try:
                facts = SimulatedCollect()(customer, resource, "run", NOON, {})
            except Defect:
                continue
            for assessment in judge(checks, resource, derive(resource, facts, advice)):
                yield assessment.check.id, assessment.outcome


def test_every_check_judges_something_but_those_that_cannot(nights):
    """A fleet that checks pass over measures nothing; what is said of all hosts together is said in nights."""
    _, found = nights
    said = {*verdicts_of_many(), *(outcome[2:] for _, _, outcomes in found for outcome in outcomes)}
    every = {check.id for check in loaded().checks}
    judged = {check for check, outcome in said if outcome in {Outcome.PASS, Outcome.FAIL}}
    assert every - judged == set(UNREACHED)
    failed = {check for check, outcome in said if outcome is Outcome.FAIL}
    assert len(failed) > 0.75 * len(every), sorted(every - failed)


def test_findings_live_from_night_to_night(nights):
    store, found = nights
    statuses = Counter(s.status.value for s in store.standings(found[1][1].run) for _ in range(s.count))
    assert set(statuses) >= {"new", "open", "resolved"}
    customer = found[1][0][0].id
    view = store.customer_view(customer, default_policy(), found[1][1].run)
    assert view.previous == replace(store.run(found[0][1].run), ended=view.previous.ended)
