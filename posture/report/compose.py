"""From the view of one customer to the report model; pure, and knows nothing of any other customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo

from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import AuthorizationMethod
from posture.model.finding import Finding, FindingStatus
from posture.model.run import Source
from posture.model.text import visible
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.report import limits
from posture.report.attested import attested
from posture.report.clauses import clause_rows
from posture.report.frameworks import framework_rows
from posture.report.gaps import gaps, unexamined
from posture.report.glossary import glossary
from posture.report.headline import headline
from posture.report.language import Language, language
from posture.report.markdown import prose
from posture.report.model import (
    AcceptedRisk,
    Change,
    Counts,
    DisputedFinding,
    FixedRow,
    Report,
    ResultRow,
    Scope,
    SourceRow,
    Task,
    Urgency,
)
from posture.report.moments import local, time_zone
from posture.report.places import place, some_names
from posture.report.ports import ports_looked_at, seen_from
from posture.report.remediation import Remediation, RemediationText, render
from posture.report.tasks import Setting, tasks, urgency
from posture.report.unlisted import unlisted

_METHODS = {
    AuthorizationMethod.CONTRACT: "contract",
    AuthorizationMethod.DNS_TXT: "DNS TXT record",
    AuthorizationMethod.HTTP_TOKEN: "token on the web server",
    AuthorizationMethod.OWN_ALLOCATION: "own address space",
}
_WORST_FIRST = (Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.PASS, Outcome.NOT_APPLICABLE)


def compose(view: CustomerView, texts: Mapping[str, RemediationText]) -> Report:
    """Make the report of one customer's run.

    Args:
        view: what may be said, of this customer alone.
        texts: the remediation text of each check by its id, in the customer's language where there is one.
    """
    words = language(view.customer.language)
    zone, zone_name, known_zone = time_zone(view.customer.timezone)
    now = view.run.ended or view.run.started
    titles = {check: text.title for check, text in texts.items() if text.title}
    remediations = _remediations(view, texts, words, titles)
    standing = [finding for finding in view.findings if finding.id not in view.refuted]
    listed = tasks(standing, Setting(remediations, view.policy, zone, now, words, titles))
    every_gap = gaps(view, words, titles)
    unlooked = unexamined(view)
    counts = _counts(view)
    fixed = [finding for finding in view.findings if finding.fixed]
    accepted = _accepted(view, zone, words, titles)
    results = sorted(view.assessments, key=lambda a: (_WORST_FIRST.index(a.outcome), a.check.id, a.resource))
    return Report(
        view=view,
        remediations=remediations,
        customer=visible(view.customer.name, 100),
        language=words.code,
        provider=view.policy.provider,
        policy=f"{view.policy.translated(view.policy.name, words.code)} {view.policy.version}".strip(),
        run=view.run.id,
        started=local(view.run.started, zone),
        ended=local(view.run.ended, zone) if view.run.ended else None,
        zone=zone_name,
        zone_note="" if known_zone else _unknown_zone(view.customer.timezone, words),
        headline=headline(listed.tasks, counts, len(unlooked), words, whole=view.run.whole),
        counts=counts,
        tasks=listed.tasks,
        tasks_left=listed.left,
        clauses=clause_rows(view, words),
        change=_change(view, zone, titles),
        fixed=tuple(FixedRow(_title(f.check, titles), place(f, words)) for f in fixed[: limits.LISTED]),
        fixed_left=max(0, len(fixed) - limits.LISTED),
        gaps=every_gap[: limits.GAPS],
        gaps_left=max(0, len(every_gap) - limits.GAPS),
        unexamined=unlooked,
        accepted=accepted[: limits.LISTED],
        accepted_left=max(0, len(accepted) - limits.LISTED),
        scope=_scope(view, zone, words),
        sources=tuple(_source(source, view.run.started, zone, words) for source in view.run.sources),
        results=tuple(
            ResultRow(a.check.id, a.resource, a.outcome, words.said(a.reason)) for a in results[: limits.ROWS]
        ),
        results_left=max(0, len(results) - limits.ROWS),
        controls=tuple({a.check.id: a.check for a in sorted(view.assessments, key=lambda a: a.check.id)}.values()),
        titles=titles,
        attested=attested(view, words),
        disputes=_disputes(view, zone, words, titles),
        glossary=glossary(_told(listed.tasks), words),
        frameworks=framework_rows(view.assessments, words),
    )


def _result(assessment: Assessment, words: Language) -> ResultRow:
    return ResultRow(assessment.check.id, assessment.resource, assessment.outcome, words.said(assessment.reason))


def _unknown_zone(name: str, words: Language) -> str:
    return words.text("The time zone {name} is not known, so times are in UTC.", name=repr(name))


def _title(check: CheckInfo, titles: Mapping[str, str]) -> str:
    return titles.get(check.id) or check.title


def _remediations(
    view: CustomerView, texts: Mapping[str, RemediationText], words: Language, titles: Mapping[str, str]
) -> dict[str, Remediation]:
    """Each finding's text. Into a text that is there in English only, values go in English, too."""
    return {
        finding.id: render(
            texts[finding.check.id],
            details=finding.details,
            system=finding.system,
            subject=finding.subject,
            resource=finding.resource,
            said=words.value if finding.check.id in titles else str,
        )
        for finding in view.findings
        if finding.check.id in texts
    }


def _counts(view: CustomerView) -> Counts:
    active = [finding for finding in view.findings if finding.status.active and finding.id not in view.refuted]
    must = [finding for finding in active if urgency(finding, view.policy) is Urgency.MUST]
    must_checks = {finding.check.id for finding in must}
    outcomes = [assessment.outcome for assessment in view.assessments]
    return Counts(
        must_fix=len(must),
        must_tasks=len(must_checks),
        should_fix=len(active) - len(must),
        should_tasks=len({finding.check.id for finding in active} - must_checks),
        accepted=sum(finding.status is FindingStatus.ACCEPTED for finding in view.findings),
        fixed=sum(finding.fixed for finding in view.findings),
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        not_assessed=outcomes.count(Outcome.NOT_ASSESSED),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        unlisted=len(unlisted(view)),
    )


def _change(view: CustomerView, zone: tzinfo, titles: Mapping[str, str]) -> Change | None:
    """What changed; None on a first report, which has nothing to be compared with."""
    if view.previous is None:
        return None
    now = view.run.ended or view.run.started
    by_status: dict[FindingStatus, list[Finding]] = {status: [] for status in FindingStatus}
    for finding in view.findings:
        # What an audit of some checks did not look at is as it was: neither new nor back.
        untouched = finding.status.active and finding.last_run != view.run.id
        by_status[FindingStatus.OPEN if untouched else finding.status].append(finding)
    new, reopened = by_status[FindingStatus.NEW], by_status[FindingStatus.REOPENED]
    return Change(
        since=local(view.previous.ended or view.previous.started, zone),
        fixed=sum(finding.fixed for finding in view.findings),
        gone=sum(finding.retired for finding in view.findings),
        new=len(new),
        reopened=len(reopened),
        still_open=len(by_status[FindingStatus.OPEN]),
        overdue=sum(
            f.status.active and f.due is not None and f.due < now and f.id not in view.refuted for f in view.findings
        ),
        new_titles=some_names([_title(finding.check, titles) for finding in new], 2)[0],
        reopened_titles=some_names([_title(finding.check, titles) for finding in reopened], 2)[0],
    )


def _accepted(view: CustomerView, zone: tzinfo, words: Language, titles: Mapping[str, str]) -> tuple[AcceptedRisk, ...]:
    latest = {acceptance.finding: acceptance for acceptance in view.acceptances}
    risks: list[AcceptedRisk] = []
    for finding in view.findings:
        if finding.status is not FindingStatus.ACCEPTED:
            continue
        given = latest.get(finding.id)
        risks.append(
            AcceptedRisk(
                title=_title(finding.check, titles),
                place=place(finding, words),
                severity=finding.severity.word,
                until=local(given.until, zone) if given else None,
                accepted_by=given.accepted_by if given else "",
                reason=given.reason if given else "",
            )
        )
    return tuple(risks)


def _disputes(
    view: CustomerView, zone: tzinfo, words: Language, titles: Mapping[str, str]
) -> tuple[DisputedFinding, ...]:
    """The newest word on each disputed finding."""
    findings = {finding.id: finding for finding in view.findings}
    newest = {dispute.finding: dispute for dispute in view.disputes}
    return tuple(
        DisputedFinding(
            title=_title(findings[one.finding].check, titles),
            place=place(findings[one.finding], words),
            state=one.state.value,
            at=local(one.decided_at or one.raised_at, zone),
            said_by=visible(one.decided_by or one.raised_by, 100),
            reason=one.decision or one.reason,
        )
        for one in newest.values()
        if one.finding in findings
    )


def _told(listed: Iterable[Task]) -> Iterator[str]:
    """All that the tasks say in prose: where a reader may meet a word for the first time."""
    for task in listed:
        yield from (task.title, task.action, task.disruption, prose(task.why_md))
        yield from (prose(text) for cause in task.causes for text in (cause.why_md, cause.fix_md, cause.verify_md))


def _scope(view: CustomerView, zone: tzinfo, words: Language) -> Scope:
    authorization = view.customer.authorization
    names, left = some_names([resource.id for resource in view.customer.resources], limits.LISTED)
    return Scope(
        method=words.text(_METHODS[authorization.method]),
        reference=authorization.reference,
        granted_by=authorization.granted_by,
        valid_from=None if authorization.valid_from.year <= 1970 else local(authorization.valid_from, zone),
        valid_until=local(authorization.valid_until, zone),
        in_force=authorization.covers(view.run.started),
        networks=tuple(map(str, view.customer.networks)),
        excluded=tuple(map(str, view.customer.exclude)),
        resources=names,
        resources_left=left,
        vantage=seen_from(view.vantage, view.ports, words),
        hours=view.customer.hours,
        ports=ports_looked_at(view.ports, words),
    )


def _source(source: Source, now: datetime, zone: tzinfo, words: Language) -> SourceRow:
    return SourceRow(
        name=source.name,
        state=source.state,
        newest=local(source.newest, zone) if source.newest else None,
        fetched=local(source.fetched, zone) if source.fetched else None,
        age=words.age(source.newest, now) if source.newest else "",
        note=words.said(source.note),
    )
