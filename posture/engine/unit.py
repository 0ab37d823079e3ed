"""One unit of work from claim to commit: the one code path of every executor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from posture.engine.clock import Clock
from posture.engine.derive import derive, system_of
from posture.engine.judge import judge
from posture.engine.lifecycle import Observation, retired
from posture.engine.plan import Plan
from posture.engine.ports import Advisor, Collect, Units
from posture.facts.codec import to_json
from posture.facts.factset import COLLECTED, DERIVED, Facts, without
from posture.model.customer import Customer
from posture.model.policy import Policy
from posture.model.resource import Resource
from posture.model.unit import ClaimedUnit, UnitResult

MOST_ATTEMPTS = 3
TIME_LIMIT = timedelta(minutes=15)  # to look at one resource
LEASE = TIME_LIMIT + timedelta(minutes=5)  # outlives every time limit inside the unit, so that nobody renews it


@dataclass(frozen=True, slots=True)
class Job:
    """All that a unit needs to run."""

    plan: Plan
    policy: Policy
    units: Units
    collect: Collect
    advisor: Advisor
    clock: Clock


def run_unit(job: Job, unit: ClaimedUnit) -> bool:
    """Do one unit. False when somebody else held it by the time it was done: then nothing was written."""
    customer = job.plan.customer[unit.customer]
    if not unit.resource:
        return _finish(job, unit, customer)
    resource = job.plan.resource[unit.customer, unit.resource]
    facts, known = _looked_at(job, unit, customer, resource)
    assessments = judge(job.plan.checks, resource, known)
    now = job.clock()
    seen = Observation(customer.id, resource.id, system_of(facts), unit.run, now, job.policy, assessments)
    return job.units.commit(unit, UnitResult(to_json(facts), assessments), seen.advance, now)


def _looked_at(job: Job, unit: ClaimedUnit, customer: Customer, resource: Resource) -> tuple[Facts, Facts]:
    """The facts as collected, and with what follows from them."""
    collected, derived = COLLECTED.get(resource.kind, ()), DERIVED.get(resource.kind, ())
    if unit.attempt > MOST_ATTEMPTS:
        gone = f"given up after {MOST_ATTEMPTS} attempts, each of which ended the program; see the log of this run"
        return without(gone, collected), without(gone, (*collected, *derived))
    facts: Facts = {}
    try:
        facts = job.collect(customer, resource, unit.run, job.clock() + TIME_LIMIT)
        return facts, derive(resource, facts, job.advisor)
    except Exception as error:  # noqa: BLE001  a defect met on one resource must not end everybody's night
        reason = f"looking at it failed, which is a defect of this program: {type(error).__name__}: {error}"
        return {**without(reason, collected), **facts}, {**without(reason, (*collected, *derived)), **facts}


def _finish(job: Job, unit: ClaimedUnit, customer: Customer) -> bool:
    now = job.clock()
    present = {resource.id for resource in customer.resources}
    if not job.plan.whole:
        return job.units.finish(unit, lambda _findings, _acceptances: (), now)
    return job.units.finish(unit, lambda findings, _acceptances: retired(findings, present, unit.run, now), now)
