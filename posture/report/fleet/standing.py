"""What the fleet page keeps of one customer's view: small enough for ten thousand of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from posture.model.finding import Finding, FindingStatus
from posture.model.run import Source
from posture.model.severity import Severity
from posture.model.text import visible
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.report.language import language
from posture.report.model import Urgency
from posture.report.places import place
from posture.report.tasks import urgency
from posture.report.unlisted import unlisted

OLD = timedelta(days=2)  # a nightly audit that did not come twice
_NAMED = 20  # findings of one customer
_REASONS = 40  # of one customer


class State(StrEnum):
    """How a customer stands, the worst that holds; in this order."""

    OVERDUE = "overdue"
    ACT = "must fix"
    OLD = "no recent audit"
    UNKNOWN = "not assessed"
    IMPROVE = "should fix"
    CLEAR = "nothing found"


@dataclass(frozen=True, slots=True)
class Named:
    """A finding that the page names; `due` is None where the policy gives no date."""

    customer: str
    title: str
    place: str
    severity: str
    first_seen: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class FleetCustomer:
    """How one customer stands.

    `must` and `should` are findings. `late` are tasks (a check on the customer) with a finding past its date,
    `critical` the critical findings that are new with this run; both are capped, `overdue` counts all tasks.
    `reasons` count checks that could not be assessed, by reason.
    """

    id: str
    name: str
    state: State
    must: int
    should: int
    overdue: int
    accepted: int
    passed: int
    not_assessed: int
    audited: datetime
    next_due: datetime | None
    late: tuple[Named, ...]
    critical: tuple[Named, ...]
    reasons: tuple[tuple[str, int], ...]
    sources: tuple[Source, ...]


def standing(view: CustomerView, now: datetime) -> FleetCustomer:
    """How a customer stands at a moment, after the run that the view is of."""
    active = [finding for finding in view.findings if finding.status.active and finding.id not in view.refuted]
    must = [finding for finding in active if urgency(finding, view.policy) is Urgency.MUST]
    outcomes = Counter(assessment.outcome for assessment in view.assessments)
    late = _tasks(finding for finding in active if finding.due is not None and finding.due < now)
    critical = [f for f in active if f.severity is Severity.CRITICAL and f.status is not FindingStatus.OPEN]
    audited = view.run.ended or view.run.started
    coming = [finding.due for finding in active if finding.due is not None and finding.due >= now]
    return FleetCustomer(
        id=view.customer.id,
        name=visible(view.customer.name, 100),
        state=_state(late, bool(must or unlisted(view)), active, outcomes, is_old=now - audited > OLD),
        must=len(must),
        should=len(active) - len(must),
        overdue=len(late),
        accepted=sum(finding.status is FindingStatus.ACCEPTED for finding in view.findings),
        passed=outcomes[Outcome.PASS],
        not_assessed=outcomes[Outcome.NOT_ASSESSED],
        audited=audited,
        next_due=min(coming, default=None),
        late=tuple(_named(view, finding) for finding in late[:_NAMED]),
        critical=tuple(_named(view, finding) for finding in critical[:_NAMED]),
        reasons=_reasons(view),
        sources=view.run.sources,
    )


def _state(
    late: Sequence[Finding],
    must: bool,
    active: Sequence[Finding],
    outcomes: Counter[Outcome],
    *,
    is_old: bool,
) -> State:
    if late:
        return State.OVERDUE
    if must:
        return State.ACT
    if is_old:
        return State.OLD
    if not outcomes[Outcome.PASS] and not outcomes[Outcome.FAIL]:
        return State.UNKNOWN
    return State.IMPROVE if active else State.CLEAR


def _tasks(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a check, the one that is due first; the longest overdue first."""
    first: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda f: (f.due or f.first_seen, -f.severity, f.id)):
        first.setdefault(finding.check.id, finding)
    return list(first.values())


def _named(view: CustomerView, finding: Finding) -> Named:
    severity = finding.severity.word
    return Named(
        view.customer.id, finding.check.title, place(finding, language("en")), severity, finding.first_seen, finding.due
    )


def _reasons(view: CustomerView) -> tuple[tuple[str, int], ...]:
    unseen = (a for a in view.assessments if a.outcome is Outcome.NOT_ASSESSED)
    return tuple(Counter(visible(assessment.reason, 300) for assessment in unseen).most_common(_REASONS))
