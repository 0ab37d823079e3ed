"""The report model: all that a report says; counted, grouped, ordered, capped, in the customer's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.assessment import CheckInfo
from posture.model.policy import Clause, Provider
from posture.model.run import SourceState
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.report.attested import AttestedRow
from posture.report.remediation import Remediation
from posture.report.said import Said


class Urgency(StrEnum):
    """The two classes people are shown; `MUST` is a breach of the policy with a date."""

    MUST = "must fix"
    SHOULD = "should fix"


class Tone(StrEnum):
    """What kind of message page one is."""

    ACT = "act"  # something must be fixed
    IMPROVE = "improve"  # something should be fixed
    CLEAR = "clear"  # looked at, nothing found
    UNKNOWN = "unknown"  # too little was looked at to say so


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict: one sentence with the date, and what it means in one or two more."""

    tone: Tone
    sentence: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The first six count findings and the tasks they make; then four count checks (check x resource).

    `unlisted` counts failures of this run that no finding tells of.
    """

    must_fix: int
    must_tasks: int
    should_fix: int
    should_tasks: int
    accepted: int
    fixed: int
    passed: int
    failed: int
    not_assessed: int
    not_applicable: int
    unlisted: int


@dataclass(frozen=True, slots=True)
class EvidenceBlock:
    """One piece of evidence: `lines` are what was observed, cut to what a page bears."""

    source: str
    lines: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding of a task. `place` is resource and subject, `evidence_left` counts the pieces not shown."""

    id: str
    place: str
    system: str
    summary: Said
    severity: str
    status: str
    first_seen: datetime
    last_seen: datetime
    unconfirmed_runs: int
    due: datetime | None
    evidence: tuple[EvidenceBlock, ...]
    evidence_left: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A fix that is the same for the findings at `places`; Markdown. `why_md` is empty where the task has one why.

    `example` is the place the texts speak of, where the commands are the same for all places but the words are not.
    """

    places: tuple[str, ...]
    places_left: int
    example: str
    system: str
    why_md: str
    fix_md: str
    verify_md: str
    incomplete: bool  # values are shown by their names, the finding does not have them


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: all active findings of one check. `title` is the check's in the report's language.

    `minutes` is None where the check has no text. `where` names some places, `where_left` counts the rest;
    `findings_left` counts findings only the CSV and JSON files hold. `foreign`: its texts are English in a report of
    another language.
    """

    number: int
    check: CheckInfo
    title: str
    clause: Clause
    urgency: Urgency
    action: str
    minutes: int | None
    disruption: str
    due: datetime | None
    overdue: bool
    consequence: str
    total: int
    where: tuple[str, ...]
    where_left: int
    why_md: str
    findings: tuple[FindingRow, ...]
    findings_left: int
    causes: tuple[Cause, ...]
    foreign: bool = False


class ClauseState(StrEnum):
    """How a clause stands; the template has the words."""

    NOT_COVERED = "not covered"
    NOT_ASSESSED = "not assessed"
    NOT_APPLICABLE = "not applicable"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """How a clause stands, in checks; the six counts add up to `total`.

    `accepted` failed, and its findings are accepted risks, or refuted.
    """

    clause: Clause
    must: int
    should: int
    accepted: int
    passed: int
    not_assessed: int
    not_applicable: int

    @property
    def total(self) -> int:
        """All checks of this clause on all resources."""
        return self.must + self.should + self.accepted + self.passed + self.not_assessed + self.not_applicable

    @property
    def state(self) -> ClauseState:
        """A clause of which nothing was assessed is never shown as counted, nor as passed."""
        if not self.total:
            return ClauseState.NOT_COVERED
        if self.total == self.not_applicable:
            return ClauseState.NOT_APPLICABLE
        if self.total == self.not_assessed + self.not_applicable:
            return ClauseState.NOT_ASSESSED
        return ClauseState.COUNTED


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from the last report, in findings. `overdue` are those past their date.

    `new` and `reopened` name what and where, some of them. `gone` are those of resources that left the inventory, which
    nobody has looked at again.
    """

    since: datetime
    fixed: int
    gone: int
    new: int
    reopened: int
    still_open: int
    overdue: int
    new_titles: tuple[str, ...]
    reopened_titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FixedRow:
    """A finding this run saw gone."""

    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be assessed for one reason. `checks` counts check x resource, `partly` those that failed too."""

    reason: Said
    checks: int
    partly: int
    resources: tuple[str, ...]
    resources_left: int
    titles: tuple[str, ...]
    titles_left: int


@dataclass(frozen=True, slots=True)
class Unexamined:
    """A resource that no check looked at."""

    resource: str
    kind: str


@dataclass(frozen=True, slots=True)
class AcceptedRisk:
    """A finding whose risk somebody accepted; `until` is None where the view does not say."""

    title: str
    place: str
    severity: str
    until: datetime | None
    accepted_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DisputedFinding:
    """A finding that somebody says is wrong, and how that stands: ``raised``, ``accepted`` or ``rejected``."""

    title: str
    place: str
    state: str
    at: datetime
    said_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the field that this report uses; `id` is a part of a link."""

    id: str
    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What was allowed, by whom, and what could be contacted at all.

    `valid_from` is None where no beginning was set. `hours` are the windows in which contacts were allowed, `ports`
    tells where only a part of the TCP ports was looked at this time; both empty where there is nothing to say.
    """

    method: str
    reference: str
    granted_by: str
    valid_from: datetime | None
    valid_until: datetime
    in_force: bool
    networks: tuple[str, ...]
    excluded: tuple[str, ...]
    resources: tuple[str, ...]
    resources_left: int
    vantage: str
    hours: str = ""
    ports: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A data source; `age` is that of its newest entry at the start of the run, in words."""

    name: str
    state: SourceState
    newest: datetime | None
    fetched: datetime | None
    age: str
    note: Said


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the appendix: a check, a resource, the outcome, why."""

    check: str
    resource: str
    outcome: Outcome
    reason: Said


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of a framework, in outcomes (check x resource) that are evidence for it; `checks` did not all pass."""

    control: str
    failed: int
    not_assessed: int
    passed: int
    checks: tuple[str, ...]
    checks_left: int


@dataclass(frozen=True, slots=True)
class FrameworkRows:
    """A framework: rows where something failed or was not assessed, and the other controls by number."""

    name: str
    rows: tuple[ControlRow, ...]
    passed: tuple[str, ...]
    not_applicable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one customer. `zone_note` says so where the customer's time zone is not known.

    `titles` are those of checks in the report's language, by id; a check that is not in it has its own.

    `remediations` has an entry for each finding whose check has a text. `view` is what JSON is made of.
    """

    view: CustomerView
    remediations: Mapping[str, Remediation]
    customer: str
    language: str
    provider: Provider
    policy: str
    run: str
    started: datetime
    ended: datetime | None
    zone: str
    zone_note: str
    headline: Headline
    counts: Counts
    tasks: tuple[Task, ...]
    tasks_left: int
    clauses: tuple[ClauseRow, ...]
    change: Change | None
    fixed: tuple[FixedRow, ...]
    fixed_left: int
    gaps: tuple[Gap, ...]
    gaps_left: int
    unexamined: tuple[Unexamined, ...]
    accepted: tuple[AcceptedRisk, ...]
    accepted_left: int
    scope: Scope
    sources: tuple[SourceRow, ...]
    results: tuple[ResultRow, ...]
    results_left: int
    controls: tuple[CheckInfo, ...]
    titles: Mapping[str, str]
    attested: tuple[AttestedRow, ...] = ()
    disputes: tuple[DisputedFinding, ...] = ()
    glossary: tuple[Term, ...] = ()
    frameworks: tuple[FrameworkRows, ...] = ()
