"""From findings to tasks: one task a check, its findings together, a fix printed once for all it is the same for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from posture.model.assessment import CheckInfo
from posture.model.finding import Finding
from posture.model.policy import Policy
from posture.model.text import visible, visible_lines
from posture.model.verdict import Evidence
from posture.report import limits
from posture.report.clauses import translated
from posture.report.language import Language
from posture.report.markdown import commands
from posture.report.model import Cause, EvidenceBlock, FindingRow, Task, Urgency
from posture.report.moments import local
from posture.report.places import place, some_names, some_places
from posture.report.remediation import Remediation

_NO_DATE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks that a report shows, in the order in which to do them, and how many it does not."""

    tasks: tuple[Task, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What every task of a report is made with."""

    remediations: Mapping[str, Remediation]
    policy: Policy
    zone: tzinfo
    now: datetime
    words: Language
    titles: Mapping[str, str]  # of checks, in the report's language

    def title(self, check: CheckInfo) -> str:
        """The check's title in the report's language, its own where there is none."""
        return self.titles.get(check.id) or check.title


def urgency(finding: Finding, policy: Policy) -> Urgency:
    """Whether the policy makes a date of it."""
    return Urgency.MUST if finding.severity >= policy.must_fix else Urgency.SHOULD


def tasks(
    findings: Iterable[Finding],
    setting: Setting,
) -> TaskList:
    """The tasks of all active findings: what must be fixed first, then by date, severity and effort."""
    of_check: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.status.active:
            of_check.setdefault(finding.check.id, []).append(finding)
    groups = sorted((sorted(group, key=_first) for group in of_check.values()), key=lambda g: _order(g, setting))
    made: list[Task] = []
    budget = limits.FINDINGS
    for number, group in enumerate(groups[: limits.TASKS], 1):
        # Every task shows at least one finding: without it the reader could not act.
        shown = group[: max(1, min(limits.FINDINGS_PER_TASK, budget))]
        budget -= len(shown)
        made.append(_task(number, group, shown, setting))
    return TaskList(tuple(made), max(0, len(groups) - limits.TASKS))


def _first(finding: Finding) -> tuple[int, datetime, str, str]:
    return -finding.severity, finding.due or _NO_DATE, finding.resource, finding.subject


def _earliest(group: Sequence[Finding]) -> datetime | None:
    return min((finding.due for finding in group if finding.due), default=None)


def _order(group: Sequence[Finding], setting: Setting) -> tuple[bool, date, int, int, str]:
    """Risk first; of what is due on one day and as grave, what is done soonest."""
    worst, due = group[0], _earliest(group) or _NO_DATE
    effort = _minutes(group, setting.remediations) or 0
    may_wait = urgency(worst, setting.policy) is not Urgency.MUST
    return may_wait, local(due, setting.zone).date(), -worst.severity, effort, worst.check.id


def _task(number: int, group: Sequence[Finding], shown: Sequence[Finding], setting: Setting) -> Task:
    remediations, policy, zone = setting.remediations, setting.policy, setting.zone
    worst = group[0]
    text = remediations.get(worst.id)
    due = _earliest(group)
    where, where_left = some_places(group, setting.words)
    why, causes = _causes(shown, setting)
    return Task(
        number=number,
        check=worst.check,
        title=setting.title(worst.check),
        clause=translated(policy, worst.check.clause, setting.words),
        urgency=urgency(worst, policy),
        action=text.action if text else setting.title(worst.check),
        minutes=_minutes(group, remediations),
        disruption=text.disruption if text else "",
        due=local(due, zone) if due else None,
        overdue=due is not None and due < setting.now,
        consequence=policy.translated(
            policy.consequence(worst.severity, worst.check.id, exploited=worst.exploited), setting.words.code
        ),
        total=len(group),
        where=where,
        where_left=where_left,
        why_md=why,
        findings=tuple(_row(finding, setting) for finding in shown),
        findings_left=len(group) - len(shown),
        causes=causes,
        foreign=setting.words.code != "en" and worst.check.id not in setting.titles,
    )


def _minutes(group: Sequence[Finding], remediations: Mapping[str, Remediation]) -> int | None:
    """The effort of all: a fix that is the same on a resource is done there once."""
    fixes = {
        (finding.resource, text.apart, _thing_to_do(text.fix_md)): text.effort_minutes
        for finding in group
        if (text := remediations.get(finding.id))
    }
    return sum(fixes.values()) if fixes else None


def _thing_to_do(text: str) -> tuple[str, ...]:
    """What makes two texts the same: their commands, or all of a text that has none."""
    return commands(text) or (text,)


def _causes(shown: Sequence[Finding], setting: Setting) -> tuple[str, tuple[Cause, ...]]:
    """The one why, where there is one, and the fixes that differ."""
    remediations = setting.remediations
    same: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Finding]] = {}
    for finding in shown:
        if text := remediations.get(finding.id):
            key = (text.apart, _thing_to_do(text.fix_md), _thing_to_do(text.verify_md))
            same.setdefault(key, []).append(finding)
    whys = {remediations[finding.id].why_md for group in same.values() for finding in group}
    common = whys.pop() if len(whys) == 1 else ""
    return common, tuple(_cause(group, setting, with_why=not common) for group in same.values())


def _cause(group: Sequence[Finding], setting: Setting, *, with_why: bool) -> Cause:
    texts = [setting.remediations[finding.id] for finding in group]
    first = texts[0]
    places, left = some_names([place(finding, setting.words) for finding in group], limits.PLACES_PER_CAUSE)
    systems, _ = some_names([visible(finding.system.name, 80) for finding in group if finding.system.name], 2)
    words = {(text.fix_md, text.verify_md, text.why_md if with_why else "") for text in texts}
    return Cause(
        places=places,
        places_left=left,
        example=places[0] if len(words) > 1 else "",
        system=" / ".join(systems),
        why_md=first.why_md if with_why else "",
        fix_md=first.fix_md,
        verify_md=first.verify_md,
        incomplete=bool(first.missing),
    )


def _row(finding: Finding, setting: Setting) -> FindingRow:
    zone = setting.zone
    evidence = finding.evidence[: limits.EVIDENCE_PER_FINDING]
    return FindingRow(
        id=finding.id,
        place=place(finding, setting.words),
        system=visible(finding.system.name, 80),
        summary=setting.words.said(finding.summary),
        severity=finding.severity.word,
        status=finding.status.value,
        first_seen=local(finding.first_seen, zone),
        last_seen=local(finding.last_seen, zone),
        unconfirmed_runs=finding.unconfirmed_runs,
        due=local(finding.due, zone) if finding.due else None,
        evidence=tuple(_block(piece, zone) for piece in evidence),
        evidence_left=len(finding.evidence) - len(evidence),
    )


def _block(evidence: Evidence, zone: tzinfo) -> EvidenceBlock:
    lines = visible_lines(evidence.observed, limits.EVIDENCE_LINES)
    return EvidenceBlock(visible(evidence.source), lines, local(evidence.at, zone))
