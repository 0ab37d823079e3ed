"""The life of a finding: new, open, resolved only on a pass that was really seen, reopened with its first date kept.

==========  ============  ==============================  ======================  =====================
known as    fail          pass, or the subject is gone    not assessed            check not in this run
==========  ============  ==============================  ======================  =====================
unknown     new           -                               -                       -
open        open          resolved                        open, one more run      untouched
                                                          without confirmation
resolved    reopened      resolved                        resolved                untouched
==========  ============  ==============================  ======================  =====================

"Gone" counts only when nothing of the check was left unassessed. An accepted risk is a row of its own: while it holds,
the finding's status is *accepted*. When it expires, or the severity rises above the accepted one, the finding is open
again; what was resolved and comes back is reopened, whoever accepted it before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from posture.model.assessment import Assessment
from posture.model.finding import Acceptance, Finding, FindingStatus, System, finding_id
from posture.model.policy import Policy
from posture.model.resource import ALL_HOSTS, Resource
from posture.model.severity import Severity
from posture.model.verdict import Detail, Evidence, Verdict


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run saw of one resource, as far as the life of its findings depends on it."""

    customer: str
    resource: str
    system: System
    run: str
    now: datetime
    policy: Policy
    assessments: tuple[Assessment, ...]

    def advance(self, previous: Sequence[Finding], acceptances: Sequence[Acceptance]) -> Sequence[Finding]:
        """The findings that are new or changed, ordered by id. The same call twice changes nothing the second time."""
        known = {finding.id: finding for finding in previous}
        given = {acceptance.finding: acceptance for acceptance in acceptances}  # of several, the one given last
        changed: dict[str, Finding] = {}
        for assessment in self.assessments:
            for verdict in assessment.failures:
                found = self._failed(assessment, verdict, known)
                changed[found.id] = self._unless_accepted(found, given, known.get(found.id))
            for finding in _of(assessment, previous):
                if finding.id not in changed:
                    changed[finding.id] = self._not_failed(finding, assessment, given)
        return [changed[key] for key in sorted(changed) if changed[key] != known.get(key)]

    def _failed(self, assessment: Assessment, verdict: Verdict, known: Mapping[str, Finding]) -> Finding:
        identity = finding_id(self.customer, self.resource, assessment.check.id, verdict.subject)
        severity = assessment.check.severity if verdict.severity is None else verdict.severity
        before = known.get(identity)
        status = self._status(before)
        return Finding(
            id=identity,
            customer=self.customer,
            resource=self.resource,
            check=assessment.check,
            subject=verdict.subject,
            summary=verdict.summary,
            severity=severity,
            status=status,
            first_seen=before.first_seen if before else self.now,
            last_seen=self.now,
            due=self._due(before, severity),
            last_run=self.run,
            times_reopened=_reopened(before, self.run, status),
            evidence=verdict.evidence,
            details=verdict.details,
            system=self.system,
        )

    def _status(self, before: Finding | None) -> FindingStatus:
        if before is None:
            return FindingStatus.NEW
        if before.last_run == self.run and before.status.active:
            return before.status
        return FindingStatus.REOPENED if before.status is FindingStatus.RESOLVED else FindingStatus.OPEN

    def _due(self, before: Finding | None, severity: Severity) -> datetime | None:
        """The policy's date, from when it was first seen or came back; a graver severity may bring it forward."""
        by_policy = self._by_policy(severity)
        if before is None or before.status is FindingStatus.RESOLVED or before.due is None:
            return by_policy
        return before.due if by_policy is None else min(before.due, by_policy)

    def _not_failed(self, finding: Finding, assessment: Assessment, given: Mapping[str, Acceptance]) -> Finding:
        if finding.status is FindingStatus.RESOLVED:
            return finding
        if assessment.decides(finding.subject):
            return replace(
                finding, status=FindingStatus.RESOLVED, resolved_at=self.now, last_run=self.run, unconfirmed_runs=0
            )
        if finding.last_run == self.run:
            return finding
        unconfirmed = finding.unconfirmed_runs + 1
        still = replace(finding, status=FindingStatus.OPEN, last_run=self.run, unconfirmed_runs=unconfirmed)
        return self._unless_accepted(still, given, finding)

    def _unless_accepted(self, finding: Finding, given: Mapping[str, Acceptance], before: Finding | None) -> Finding:
        acceptance = given.get(finding.id)
        if acceptance is not None and acceptance.covers(finding, self.now):
            return replace(finding, status=FindingStatus.ACCEPTED)
        if before is not None and before.status is FindingStatus.ACCEPTED:
            # Whoever trusted in the acceptance has the policy's time from its end.
            return replace(finding, due=self._by_policy(finding.severity))
        return finding

    def _by_policy(self, severity: Severity) -> datetime | None:
        allowed = self.policy.allowed.get(severity)
        return None if allowed is None else self.now + allowed


def departed(findings: Sequence[Finding], present: Sequence[Resource], run: str, now: datetime) -> Sequence[Finding]:
    """What changes in a customer's findings, as this run left them, because the inventory has.

    See `retired` and `renamed`.
    """
    gone = retired(findings, {ALL_HOSTS.id, *(resource.id for resource in present)}, run, now)
    return [*gone, *renamed(findings, gone, present, run)]


def retired(findings: Iterable[Finding], resources: Collection[str], run: str, now: datetime) -> Sequence[Finding]:
    """Findings of resources that are no longer in the inventory: resolved, but not fixed, with that as the evidence."""
    note = Evidence("inventory", "the resource is no longer in the inventory; it was not looked at again", now)
    return [
        replace(
            finding,
            status=FindingStatus.RESOLVED,
            resolved_at=now,
            last_run=run,
            retired=True,
            evidence=(*finding.evidence, note),
        )
        for finding in findings
        if away(finding, resources) and finding.status is not FindingStatus.RESOLVED
    ]


def away(finding: Finding, resources: Collection[str]) -> bool:
    """Whether its resource is none of these; of one of all hosts together, the host that it may name."""
    return not {finding.resource, _host(finding)} <= set(resources)


def renamed(
    findings: Iterable[Finding], gone: Iterable[Finding], present: Iterable[Resource], run: str
) -> Sequence[Finding]:
    """Findings that are new in this run only because their resource has another id, with the dates they had before.

    Told by the address in the subject (``198.51.100.2:6379/tcp``); a subject without one could be another machine's.
    What is of all hosts together and names a host is told by the key, and by the file where there is one.
    """
    before = {(finding.check.id, finding.subject): finding for finding in gone}
    keys = {_key(finding): finding for finding in gone if finding.resource == ALL_HOSTS.id}
    address = {r.id: f"[{r.address}]:" if ":" in r.address else f"{r.address}:" for r in present if r.address}
    moved: list[Finding] = []
    for finding in findings:
        if finding.status is not FindingStatus.NEW or finding.last_run != run:
            continue
        here = address.get(finding.resource)
        if finding.resource == ALL_HOSTS.id:
            old = keys.get(_key(finding)) if _names_host(finding) else None
        else:
            old = before.get((finding.check.id, finding.subject)) if here and finding.subject.startswith(here) else None
        if old is not None:
            due = min((date for date in (old.due, finding.due) if date), default=None)
            moved.append(replace(finding, status=FindingStatus.OPEN, first_seen=old.first_seen, due=due))
    return moved


def _host(finding: Finding) -> str:
    """The host that a finding of all hosts together names, where it is to be mended; else its resource."""
    host = dict(finding.details).get("host") if finding.resource == ALL_HOSTS.id else None
    return host if isinstance(host, str) else finding.resource


def _names_host(finding: Finding) -> bool:
    return _host(finding) != finding.resource


def _key(finding: Finding) -> tuple[Detail, ...]:
    """What stays of a finding on a key when its host gets another name."""
    details = dict(finding.details)
    return (finding.check.id, *(details.get(name, "") for name in ("path", "fingerprint", "fingerprints")))


def _of(assessment: Assessment, findings: Iterable[Finding]) -> Iterable[Finding]:
    return (finding for finding in findings if finding.check.id == assessment.check.id)


def _reopened(before: Finding | None, run: str, status: FindingStatus) -> int:
    if before is None:
        return 0
    again = status is FindingStatus.REOPENED and before.last_run != run
    return before.times_reopened + int(again)
