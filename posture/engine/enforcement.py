"""The ladder of enforcement: which step may be proposed for a finding now, and why not where none may.

Nothing here is carried out, and nothing is proposed on the word of a clock alone: the time of a step has come when a
look *after* it still saw the problem. So a look that could not be made moves nothing, in either direction.

Further guards, all of which must hold for a step beyond the notice: two observations of this episode, so far apart as
the class says; a look that is recent; no accepted risk, no accepted dispute, no dispute that waits for a decision; the
steps before it were carried out; and no more such proposals within 24 hours than the policy allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from posture.engine.lifting import lifted
from posture.engine.observed import moment, observed
from posture.engine.stopped_clock import accepted_dispute, held_until, stopped
from posture.engine.targets import applies, target
from posture.model.enforcement import BreachClass, Enforcement, Measure, Rung, StepKey, ladder_of
from posture.model.finding import FindingStatus
from posture.model.proposal import Case, Held, Hold, Night, Proposal


def night(cases: Iterable[Case], rules: Enforcement, now: datetime, recent: int = 0) -> Night:
    """All that may be proposed now.

    Args:
        cases: findings, of any number of customers.
        rules: of the policy.
        now: aware.
        recent: how many steps beyond a notice were proposed in the last 24 hours.
    """
    found = [one for case in cases for one in decided(case, rules, now)]
    order = {one.id: number for number, one in enumerate(rules.classes)}

    def gravest(one: Proposal | Held) -> tuple[int, int, datetime, str, str]:
        finding = one.finding
        return (
            order.get(one.breach, len(order)),
            -finding.severity,
            finding.due or finding.first_seen,
            finding.id,
            str(one.key),
        )

    proposals = sorted((one for one in found if isinstance(one, Proposal)), key=gravest)
    let_through, too_many = _at_most(proposals, max(0, rules.most - recent), rules.most)
    held = [*(one for one in found if isinstance(one, Held)), *too_many]
    return Night(tuple(let_through), tuple(sorted(held, key=gravest)))


def counts(key: StepKey) -> bool:
    """Whether a proposal counts towards the most of a night: notices and liftings harm nobody."""
    return not key.lift and key.measure is not Measure.NOTIFY


def _at_most(proposals: Iterable[Proposal], left: int, most: int) -> tuple[list[Proposal], list[Held]]:
    """New steps beyond a notice, so many and no more: a flood is rather our mistake than everybody's breach."""
    through: list[Proposal] = []
    held: list[Held] = []
    for one in proposals:
        if one.since is not None or not counts(one.key):
            through.append(one)
        elif left > 0:
            through.append(one)
            left -= 1
        else:
            reason = f"the policy lets {most} steps beyond a notice be proposed within 24 hours, and this is one more"
            held.append(Held(one.key, one.finding, one.breach, Hold.TOO_MANY, reason))
    return through, held


def decided(case: Case, rules: Enforcement, now: datetime) -> tuple[Proposal | Held, ...]:
    """What follows for one finding: liftings where it is gone or was wrong, else the next step or why not."""
    found = rules.class_of(case.finding.check.id, case.finding.severity, exploited=case.finding.exploited)
    breach = found.id if found else ""
    if case.finding.status is FindingStatus.RESOLVED:
        return tuple(lifted(case, rules, breach))
    wrong = accepted_dispute(case)
    back = tuple(lifted(case, rules, breach)) if wrong else ()
    if found is None:
        return back
    step = _Ladder(case, found, rules, now).step()
    return back if step is None else (*back, step)


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One finding on its class's ladder."""

    case: Case
    breach: BreachClass
    rules: Enforcement
    now: datetime

    def step(self) -> Proposal | Held | None:
        done = ladder_of(self.case.records, self.case.finding.times_reopened)
        rung = self._next(done)
        if rung is None:
            return None
        before = self.case.proposed
        since = next((one.at for one in before if one.key == self._key(rung)), None)
        return (
            self._stopped(rung)
            or (self._proposal(rung, since) if since is not None else None)
            or self._waits(rung, done)
            or self._unsure(rung)
            or self._proposal(rung, None)
        )

    def _next(self, done: dict[Measure, datetime]) -> Rung | None:
        """The mildest step above all that were carried out; of steps that do not fit the finding, none counts."""
        reached = max((measure.rank for measure in done), default=-1)
        fitting = (rung for rung in self.breach.rungs if applies(rung.measure, self.case))
        return next((rung for rung in fitting if rung.measure.rank > reached), None)

    def _stopped(self, rung: Rung) -> Held | None:
        if wrong := accepted_dispute(self.case):
            graver = ", though it has become graver since" if self.case.finding.severity > wrong.severity else ""
            return self._held(rung, Hold.DISPUTE_ACCEPTED, f"a dispute of it was accepted{graver}: {wrong.decision}")
        if self.case.finding.status is FindingStatus.ACCEPTED:
            last = self.case.acceptances[-1] if self.case.acceptances else None
            why = f"its risk is accepted: {last.reason}" if last else "its risk is accepted"
            return self._held(rung, Hold.ACCEPTED, why, last.until if last else None)
        until = held_until(self.case, self.rules.hold)
        if until is not None and self.now < until:
            return self._held(rung, Hold.DISPUTED, "it is disputed, and nobody has decided", until)
        return None

    def _waits(self, rung: Rung, done: dict[Measure, datetime]) -> Held | None:
        """Whether no look was made yet after the step's time."""
        if rung.measure is Measure.NOTIFY or not done:
            return None
        last = max(done, key=lambda measure: (measure.rank, done[measure]))
        from_, seen = done[last], observed(self.case.finding)
        comes = self._comes(rung, done, last)
        if seen > from_ and seen >= comes:
            return None
        if self.now < comes:
            return self._held(rung, Hold.GRACE, f"{last} was {moment(from_)}; its time has not come", comes)
        if self.case.finding.unconfirmed_runs:
            return self._unconfirmed(rung)
        return self._held(rung, Hold.STALE, f"its time came {moment(comes)}, and it was not looked at since then")

    def _comes(self, rung: Rung, done: dict[Measure, datetime], last: Measure) -> datetime:
        """When the step's time comes: so long after the notice, and so long after the step before it, as the ladder is.

        A step before it that came late pushes it back; so does the date, where the class is not urgent, and whatever
        stopped the clock.
        """
        before = next((one.after for one in self.breach.rungs if one.measure is last), rung.after)
        first, from_, hold = min(done.values()), done[last], self.rules.hold
        after_notice = first + rung.after + stopped(self.case, hold, first, self.now)
        after_step = from_ + rung.after - before + stopped(self.case, hold, from_, self.now)
        due = self.case.finding.due
        if self.breach.urgent or due is None:
            return max(after_notice, after_step)
        return max(after_notice, after_step, due + stopped(self.case, hold, first, self.now))

    def _unsure(self, rung: Rung) -> Held | None:
        finding, seen = self.case.finding, observed(self.case.finding)
        if finding.unconfirmed_runs:
            return self._unconfirmed(rung)
        if rung.measure is not Measure.NOTIFY and seen - self.case.began < self.breach.apart:
            why = f"two observations at least {_span(self.breach.apart)} apart are needed; look again: posture recheck"
            return self._held(rung, Hold.ONE_LOOK, f"{why} {finding.id}")
        if self.now - seen > self.rules.fresh:
            return self._held(rung, Hold.STALE, f"it was last seen {moment(seen)}; look again: posture recheck")
        return None

    def _unconfirmed(self, rung: Rung) -> Held:
        runs = self.case.finding.unconfirmed_runs
        times = "the last audit" if runs == 1 else f"the last {runs} audits"
        why = f"{times} could not look at it; last seen {moment(observed(self.case.finding))}"
        return self._held(rung, Hold.UNCONFIRMED, why)

    def _proposal(self, rung: Rung, since: datetime | None) -> Proposal:
        finding, measure = self.case.finding, rung.measure
        seen = observed(finding)
        urgent = ", which does not wait for the date" if self.breach.urgent else ""
        reason = f"class {self.breach.id} ({self.breach.name}{urgent}); first seen {moment(self.case.began)}, still "
        reason += f"there {moment(seen)}"
        if measure is not Measure.NOTIFY and finding.due is not None:
            reason += f"; to be fixed by {moment(finding.due)}"
        return Proposal(
            self._key(rung),
            finding,
            self.breach.id,
            target(measure, self.case),
            reason,
            seen,
            since,
            measure.for_a_person,
        )

    def _held(self, rung: Rung, hold: Hold, reason: str, until: datetime | None = None) -> Held:
        return Held(self._key(rung), self.case.finding, self.breach.id, hold, reason, until)

    def _key(self, rung: Rung) -> StepKey:
        finding = self.case.finding
        return StepKey(finding.customer, finding.id, finding.times_reopened, rung.measure)


def _span(apart: timedelta) -> str:
    minutes = int(apart.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 or minutes % 60 else f"{minutes // 60} hours"
