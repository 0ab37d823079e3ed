"""One unit of work from claim to commit: the one code path of every executor."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from posture.engine.clock import Clock
from posture.engine.derive import derive, ports_seen, standing_on, system_of
from posture.engine.fleet import fleet_keys
from posture.engine.judge import judge
from posture.engine.lifecycle import Observation, away, departed
from posture.engine.narrow import advancing, only_about
from posture.engine.plan import Plan
from posture.engine.ports import Advisor, Collect, Units
from posture.engine.sightings import keys_seen
from posture.facts.codec import readable, to_json
from posture.facts.factset import COLLECTED, DERIVED, Facts, without
from posture.facts.fleet import FleetKeys
from posture.facts.unavailable import Unavailable
from posture.model.assessment import Assessment
from posture.model.customer import Customer
from posture.model.finding import Acceptance, Finding, System
from posture.model.outage import Outage
from posture.model.policy import Policy
from posture.model.resource import ALL_HOSTS, Resource
from posture.model.run import Source
from posture.model.text import visible, visible_lines
from posture.model.unit import ClaimedUnit, UnitResult

_LOG = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
MOST_BEGINNINGS = 10  # interruptions count as no attempt, but what is interrupted again and again may be their cause
_BEFORE_THE_END = timedelta(seconds=30)  # a look gives up a while before its deadline rather than begin a last step
_FRAMES = 10  # of the stack a defect is logged with, the innermost
TIME_LIMIT = timedelta(minutes=15)  # to look at one resource
LEASE = TIME_LIMIT + timedelta(minutes=5)  # outlives every time limit inside the unit, so that nobody renews it


@dataclass(frozen=True, slots=True)
class Job:
    """All that a unit needs to run; `time_limit` is for looking at one resource, TIME_LIMIT at most.

    `about` is the only finding that this look decides; None: all.
    """

    plan: Plan
    policy: Policy
    units: Units
    collect: Collect
    advisor: Advisor
    clock: Clock
    time_limit: timedelta = TIME_LIMIT
    about: Finding | None = None


def run_unit(job: Job, unit: ClaimedUnit) -> bool:
    """Do one unit. False when somebody else held it by the time it was done: then nothing was written."""
    customer = job.plan.customer[unit.customer]
    if not unit.resource:
        return _finish(job, unit, customer)
    resource = job.plan.resource[unit.customer, unit.resource]
    late = unit.until is not None and job.clock() >= unit.until
    facts, known, sources = _late(unit, resource) if late else _looked_at(job, unit, customer, resource)
    assessments = _narrowed(job, judge(job.plan.checks_of(customer.id, resource.id), resource, known))
    now = job.clock()
    late = late or _cut_short(unit, facts, now)
    seen = Observation(customer.id, resource.id, system_of(facts), unit.run, now, job.policy, assessments)
    advance = advancing(job.about, seen.advance) if job.about else seen.advance
    return job.units.commit(
        unit, replace(_brought_home(unit, resource, facts, assessments, sources), late=late), advance, now
    )


def given_up(unit: ClaimedUnit) -> bool:
    """Whether the unit was begun too often without coming to an end: it hangs, or takes its process down."""
    return unit.attempt > MOST_ATTEMPTS or unit.fence > MOST_BEGINNINGS


def _cut_short(unit: ClaimedUnit, facts: Facts, now: datetime) -> bool:
    """Whether the end of the night or of the customer's hours may have ended the look: that counts as not seen."""
    return unit.until is not None and now >= unit.until - _BEFORE_THE_END and any(map(_is_gap, facts.values()))


def _late(unit: ClaimedUnit, resource: Resource) -> tuple[Facts, Facts, tuple[Source, ...]]:
    """What is known of a resource whose turn did not come: nothing, and why."""
    ended = f"{unit.until:%Y-%m-%d %H:%M %Z}"
    reason = f"the time to look at it ended at {ended} before its turn came; it is among the first next time"
    collected, derived = COLLECTED.get(resource.kind, ()), DERIVED.get(resource.kind, ())
    return without(reason, collected), without(reason, (*collected, *derived)), ()


def _deadline(job: Job, unit: ClaimedUnit) -> datetime:
    """Until when the resource may be looked at: its time, but not beyond the end of the night, or of its hours."""
    own = job.clock() + job.time_limit
    return own if unit.until is None else min(own, unit.until)


def _narrowed(job: Job, assessments: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
    return tuple(only_about(one, job.about.subject) for one in assessments) if job.about else assessments


def _brought_home(
    unit: ClaimedUnit,
    resource: Resource,
    facts: Facts,
    assessments: tuple[Assessment, ...],
    sources: tuple[Source, ...],
) -> UnitResult:
    """What is kept of a look. Where a defect keeps the facts from being kept, the outcomes still are."""
    try:
        ports, keys = ports_seen(resource, facts), keys_seen(resource, facts)
        return UnitResult(to_json(facts), assessments, sources, _anything(facts), ports, keys)
    except Exception as error:  # noqa: BLE001  a defect met on one resource must not end everybody's night
        _log_defect(unit, error)
        return UnitResult(to_json({}), assessments, sources, looked=False)


def _anything(facts: Facts) -> bool:
    """Whether anything was seen: the next run goes on from what was, not from a night when nothing could be."""
    return not all(map(_is_gap, facts.values()))


def _is_gap(fact: object) -> bool:
    return isinstance(fact, Unavailable)


def _looked_at(
    job: Job, unit: ClaimedUnit, customer: Customer, resource: Resource
) -> tuple[Facts, Facts, tuple[Source, ...]]:
    """The facts as collected, the facts with what follows from them, and the data that this stands on."""
    collected, derived = COLLECTED.get(resource.kind, ()), DERIVED.get(resource.kind, ())
    if given_up(unit):
        gone = f"given up after {unit.fence - 1} attempts, none of which came to an end in its time; see the log"
        return without(gone, collected), without(gone, (*collected, *derived)), ()
    earlier = decoded(job.units.last_facts(unit.customer, unit.resource))
    facts: Facts = {}
    try:
        facts = job.collect(customer, resource, unit.run, _deadline(job, unit), earlier)
        known = derive(resource, facts, job.advisor)
        return facts, known, standing_on(known, job.advisor)
    except Outage:
        raise
    except Exception as error:  # noqa: BLE001  a defect met on one resource must not end everybody's night
        _log_defect(unit, error)
        reason = f"looking at it failed, which is {_defect(error)}"
        return {**without(reason, collected), **facts}, {**without(reason, (*collected, *derived)), **facts}, ()


def decoded(known: bytes | None) -> Facts:
    """What was known of a resource; nothing of what another version stored in a way that this one cannot read."""
    try:
        return readable(known) if known is not None else {}
    except ValueError:
        return {}


def _defect(error: Exception) -> str:
    return f"a defect of this program ({type(error).__name__}): the auditor's log says more"


def _log_defect(unit: ClaimedUnit, error: Exception) -> None:
    """To the log, not into the customer's report: the text may name paths of the auditor's machine."""
    resource = visible(unit.resource or ALL_HOSTS.id)
    where = "\n".join(visible_lines("".join(traceback.format_tb(error.__traceback__, -_FRAMES))))
    said = visible(f"{type(error).__name__}: {error}")  # may quote a hostile host
    about = {"run": unit.run, "customer": unit.customer, "resource": resource, "unit": unit.id, "attempt": unit.attempt}
    _LOG.error("%s/%s: looking at it failed\n%s\n%s", visible(unit.customer), resource, where, said, extra=about)


def _finish(job: Job, unit: ClaimedUnit, customer: Customer) -> bool:
    """Judge all the customer's hosts together, and let go of what left the inventory."""
    checks = job.plan.together(customer.id)
    facts = _of_all_hosts(job, unit, customer) if checks else {}
    now = job.clock()
    assessments = _narrowed(job, judge(checks, ALL_HOSTS, facts))
    seen = Observation(customer.id, ALL_HOSTS.id, System(), unit.run, now, job.policy, assessments)

    def advance(known: Sequence[Finding], acceptances: Sequence[Acceptance]) -> Sequence[Finding]:
        present = {ALL_HOSTS.id, *(resource.id for resource in customer.resources)}
        ours = [one for one in known if one.resource == ALL_HOSTS.id and not (job.plan.whole and away(one, present))]
        changed = {finding.id: finding for finding in seen.advance(ours, acceptances)}
        if job.plan.whole:
            now_known = {finding.id: finding for finding in known} | changed
            gone = departed([*now_known.values()], customer.resources, unit.run, now)
            changed |= {finding.id: finding for finding in gone}
        return [*changed.values()]

    result = UnitResult(to_json(facts), assessments) if checks else None
    there = [resource.id for resource in customer.resources]
    return job.units.finish(unit, advancing(job.about, advance) if job.about else advance, now, result, there)


def _of_all_hosts(job: Job, unit: ClaimedUnit, customer: Customer) -> Facts:
    if given_up(unit):
        return without(f"given up after {unit.fence - 1} attempts; see the log", COLLECTED[ALL_HOSTS.kind])
    try:
        job.units.judge_moduli(job.advisor.shared_primes)
        return {FleetKeys: fleet_keys(customer, job.units.fleet(unit), job.clock())}
    except Outage:
        raise
    except Exception as error:  # noqa: BLE001  a defect met in one customer's keys must not end everybody's night
        _log_defect(unit, error)
        reason = f"comparing the keys of all hosts failed, which is {_defect(error)}"
        return without(reason, COLLECTED[ALL_HOSTS.kind])
