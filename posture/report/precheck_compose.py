"""From a decision to the report of a pre-onboarding check; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from posture.facts.network import ALL_PORTS, MOST_PORTS, PortSweep
from posture.model.assessment import Assessment
from posture.model.customer import Customer
from posture.model.finding import System
from posture.model.policy import Policy
from posture.model.precheck import Decision, Failing, PrecheckVerdict, Unassessed
from posture.model.resource import ResourceKind
from posture.model.severity import Severity
from posture.model.text import visible
from posture.model.verdict import Outcome, Verdict
from posture.report import limits
from posture.report.language import language
from posture.report.moments import local, time_zone
from posture.report.places import some_names
from posture.report.precheck import Block, Case, LookedAt, Open, PrecheckReport, Remark, Seen
from posture.report.remediation import Remediation, RemediationText, render

MOST_BLOCKS = 20
MOST_OPEN = 20
MOST_REMARKS = 5
_LONG = 600  # characters of a reason
_WORDS = language("en")


@dataclass(frozen=True, slots=True)
class Look:
    """An outcome, and which run's look it stands on."""

    assessment: Assessment
    at: datetime
    run: str


@dataclass(frozen=True, slots=True)
class Made:
    """All that a report is made of. `until` is how long the verdict holds, `limits` what the look could not see."""

    customer: Customer
    policy: Policy
    decision: Decision
    looks: tuple[Look, ...]
    sweeps: Mapping[str, PortSweep]
    texts: Mapping[str, RemediationText]
    at: datetime
    until: datetime
    run: str
    limits: tuple[str, ...]
    tool: str


def compose_precheck(made: Made) -> PrecheckReport:
    """The report of a pre-onboarding check."""
    customer, decision = made.customer, made.decision
    zone, zone_name, _ = time_zone(customer.timezone)
    verdicts = {
        (look.assessment.check.id, look.assessment.resource, verdict.subject): verdict
        for look in made.looks
        for verdict in look.assessment.failures
    }
    blocks = _blocks(decision.blocks, verdicts, made.texts)
    opened = _opened(decision.unassessed)
    until = local(made.until, zone)
    return PrecheckReport(
        prospect_id=customer.id,
        prospect=visible(customer.name, 100),
        provider=made.policy.provider,
        policy=f"{made.policy.name} {made.policy.version}".strip(),
        authorization=visible(customer.authorization.reference, 100),
        authorized_by=visible(customer.authorization.granted_by, 100),
        authorized_until=local(customer.authorization.valid_until, zone),
        verdict=decision.verdict,
        headline=_headline(decision, len(blocks), len(opened)),
        made_at=local(made.at, zone),
        zone=zone_name,
        valid_until=until,
        come_back=_come_back(decision.verdict, customer.authorization.reference, until),
        blocks=blocks[:MOST_BLOCKS],
        blocks_left=max(0, len(blocks) - MOST_BLOCKS),
        open=opened[:MOST_OPEN],
        open_left=max(0, len(opened) - MOST_OPEN),
        warnings=len(decision.warnings),
        top_warnings=_remarks(decision.warnings, made.texts),
        informs=len(decision.informs),
        top_informs=_remarks(decision.informs, made.texts),
        limits=tuple(visible(text, _LONG) for text in made.limits),
        looked_at=_looked_at(made),
        seen=_seen(made.looks, zone),
        cases=_cases(made, zone),
        run=made.run,
        tool=made.tool,
    )


def _headline(decision: Decision, blocks: int, opened: int) -> str:
    if decision.verdict is PrecheckVerdict.NO_GO:
        more = f"; {_WORDS.number(opened, 'question')} could not be decided besides" if opened else ""
        return f"No-go: {_WORDS.number(blocks, 'thing')} must be fixed first{more}"
    if decision.verdict is PrecheckVerdict.UNDECIDED:
        return f"Undecided: {_WORDS.number(opened, 'question')} could not be decided, and nothing that blocks was found"
    noted = f"; {_WORDS.number(len(decision.warnings), 'warning')} to work on afterwards" if decision.warnings else ""
    return f"Go: nothing that blocks was found{noted}"


def _come_back(verdict: PrecheckVerdict, reference: str, until: datetime) -> str:
    again = f"posture precheck --again --authorization {visible(reference, 100)}"
    if verdict is PrecheckVerdict.GO:
        return f"This verdict holds until {_WORDS.when(until)}; after that the check has to be made again."
    mended = "this is fixed" if verdict is PrecheckVerdict.NO_GO else "what stood in the way is gone"
    return (
        f"Come back as soon as {mended}. Until {_WORDS.when(until)} only that is looked at again, in under a minute "
        f"({again}); after that everything is."
    )


def _rendered(failing: Failing, verdict: Verdict | None, texts: Mapping[str, RemediationText]) -> Remediation | None:
    text = texts.get(failing.check.id)
    if text is None:
        return None
    details = verdict.details if verdict else ()
    return render(text, details=details, system=System(), subject=failing.subject, resource=failing.resource)


def _blocks(
    failures: Iterable[Failing],
    verdicts: Mapping[tuple[str, str, str], Verdict],
    texts: Mapping[str, RemediationText],
) -> tuple[Block, ...]:
    """The failures of each check with the same fix together, in the order of their worst."""
    groups: dict[tuple[str, str], list[tuple[Failing, Remediation | None]]] = {}
    for one in failures:
        fix = _rendered(one, verdicts.get((one.check.id, one.resource, one.subject)), texts)
        groups.setdefault((one.check.id, fix.fix_md if fix else ""), []).append((one, fix))
    return tuple(_block(group) for group in groups.values())


def _block(group: Sequence[tuple[Failing, Remediation | None]]) -> Block:
    first, fix = group[0]
    where, left = some_names([_place(one) for one, _ in group], limits.PLACES)
    return Block(
        check=first.check.id,
        title=visible(first.check.title),
        severity=first.severity.word,
        where=where,
        where_left=left,
        why=visible(first.summary, _LONG),
        action=fix.action if fix else visible(first.check.title),
        minutes=fix.effort_minutes * len({one.resource for one, _ in group}) if fix else None,
        disruption=fix.disruption if fix else "",
        fix_md=fix.fix_md if fix else "",
        verify_md=fix.verify_md if fix else "",
    )


def _place(one: Failing) -> str:
    return visible(f"{one.resource} · {one.subject}" if one.subject else one.resource, limits.NAME)


def _opened(questions: Iterable[Unassessed]) -> tuple[Open, ...]:
    """One for each reason: a host that is down keeps thirty checks from their answer."""
    groups: dict[tuple[str, str, str], list[Unassessed]] = {}
    for one in questions:
        groups.setdefault((one.resource, one.reason, one.step), []).append(one)
    return tuple(
        Open(
            what=_what(group),
            where=visible(resource, limits.NAME),
            why=visible(reason, _LONG),
            step=visible(step, _LONG),
            checks=tuple(sorted({one.check.id for one in group})),
        )
        for (resource, reason, step), group in sorted(groups.items(), key=lambda item: -len(item[1]))
    )


def _what(group: Sequence[Unassessed]) -> str:
    titles = list(dict.fromkeys(visible(one.check.title) for one in group))
    return titles[0] if len(titles) == 1 else f"{titles[0]}, and {_WORDS.number(len(titles) - 1, 'more check')}"


def _remarks(failures: Sequence[Failing], texts: Mapping[str, RemediationText]) -> tuple[Remark, ...]:
    return tuple(
        Remark(
            one.check.id,
            visible(one.check.title),
            one.severity.word,
            _place(one),
            visible(one.summary, _LONG),
            texts[one.check.id].action if one.check.id in texts else visible(one.check.title),
        )
        for one in failures[:MOST_REMARKS]
    )


def _looked_at(made: Made) -> LookedAt:
    of_kind = {
        kind: tuple(visible(r.address or r.id) for r in made.customer.resources if r.kind is kind)
        for kind in (ResourceKind.HOST, ResourceKind.DOMAIN)
    }
    return LookedAt(
        addresses=of_kind[ResourceKind.HOST],
        domains=of_kind[ResourceKind.DOMAIN],
        tcp_ports=sum(MOST_PORTS if s.ports == ALL_PORTS else s.swept for s in made.sweeps.values()),
        udp_ports=sum(len(sweep.asked_udp) for sweep in made.sweeps.values()),
        checks=len({look.assessment.check.id for look in made.looks}),
    )


def _seen(looks: Iterable[Look], zone: tzinfo) -> tuple[Seen, ...]:
    counted = Counter((look.at, look.run) for look in looks)
    return tuple(Seen(local(at, zone), run, many) for (at, run), many in sorted(counted.items(), reverse=True))


def _cases(made: Made, zone: tzinfo) -> tuple[Case, ...]:
    """Every outcome, and each question of the gate itself."""
    rules = made.policy.precheck
    cases = [
        Case(
            check=look.assessment.check.id,
            title=visible(look.assessment.check.title),
            clause=look.assessment.check.clause,
            resource=visible(look.assessment.resource, limits.NAME),
            outcome=look.assessment.outcome,
            weight=rules.weight(look.assessment.check.id, _worst(look.assessment)),
            severity=_worst(look.assessment).word,
            reason=visible(look.assessment.reason, _LONG),
            at=local(look.at, zone),
            findings=tuple(visible(verdict.summary, _LONG) for verdict in look.assessment.failures[:MOST_BLOCKS]),
        )
        for look in made.looks
    ]
    known = {(case.check, case.resource) for case in cases}
    cases += [
        Case(
            check=one.check.id,
            title=one.check.title,
            clause=one.check.clause,
            resource=visible(one.resource, limits.NAME),
            outcome=Outcome.NOT_ASSESSED,
            weight=rules.weight(one.check.id, one.check.severity),
            severity=one.check.severity.word,
            reason=visible(one.reason, _LONG),
            at=local(made.at, zone),
        )
        for one in made.decision.unassessed
        if (one.check.id, visible(one.resource, limits.NAME)) not in known
    ]
    return tuple(sorted(cases, key=lambda case: (case.resource, case.check)))


def _worst(one: Assessment) -> Severity:
    given = (one.check.severity if each.severity is None else each.severity for each in one.failures)
    return max(given, default=one.check.severity)
