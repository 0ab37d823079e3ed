"""Each check on each resource, with what it came to and the findings of it: the rows of every machine format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posture.model.assessment import Assessment, CheckInfo
from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import Acceptance, Finding, FindingStatus, finding_id
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict
from posture.report.model import Report


class Result(StrEnum):
    """What a row says; only PASS is good news."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    ACCEPTED = "accepted"  # it fails, and somebody has accepted the risk
    REFUTED = "refuted"  # somebody disputed it, and the provider agrees that it is wrong
    FIXED = "fixed"  # it failed before, and was seen to be gone
    GONE = "gone"  # its resource left the inventory: nobody has looked again
    NOT_ASSESSED = "not assessed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, or one outcome without a finding.

    `id` is the finding's, ``F-`` and 16 hexadecimal digits, and stays from audit to audit. That of an outcome, ``A-``
    and 16 digits, is made of customer, resource and check alone.
    `reason` is never empty for NOT_ASSESSED; `severity` is None where nothing failed.
    """

    id: str
    check: CheckInfo
    resource: str
    result: Result
    reason: str
    severity: Severity | None = None
    finding: Finding | None = None
    acceptance: Acceptance | None = None
    dispute: Dispute | None = None


_RESULTS = {
    Outcome.PASS: Result.PASS,
    Outcome.FAIL: Result.FAIL,
    Outcome.NOT_APPLICABLE: Result.NOT_APPLICABLE,
    Outcome.NOT_ASSESSED: Result.NOT_ASSESSED,
}


def rows(report: Report) -> tuple[Row, ...]:
    """Every finding, then every outcome that the findings do not tell: what passed, and what was not assessed.

    A check that could not look at all of a resource has findings and is told as not assessed, too.
    """
    view = report.view
    given = {acceptance.finding: acceptance for acceptance in view.acceptances}
    disputes = {dispute.finding: dispute for dispute in view.disputes}
    listed = {finding.id for finding in view.findings if finding.status is not FindingStatus.RESOLVED}
    customer = view.customer.id
    found = [_of_finding(finding, given, disputes.get(finding.id)) for finding in view.findings]
    return (*found, *(row for assessment in view.assessments for row in _of_assessment(assessment, customer, listed)))


def _of_finding(finding: Finding, given: dict[str, Acceptance], dispute: Dispute | None) -> Row:
    result, acceptance = Result.FAIL, None
    if finding.status is FindingStatus.RESOLVED:
        result = Result.FIXED if finding.fixed else Result.GONE
    elif finding.status is FindingStatus.ACCEPTED:
        result, acceptance = Result.ACCEPTED, given.get(finding.id)
    elif dispute is not None and dispute.state is DisputeState.ACCEPTED:
        result = Result.REFUTED
    return Row(
        finding.id,
        finding.check,
        finding.resource,
        result,
        finding.summary,
        finding.severity,
        finding,
        acceptance,
        dispute,
    )


def _of_assessment(assessment: Assessment, customer: str, listed: set[str]) -> list[Row]:
    """The outcome as a row of its own: of a failure, what no finding tells of, and what it left unlooked at."""
    check, resource = assessment.check, assessment.resource
    own = "A-" + finding_id(customer, resource, check.id, "").removeprefix("F-")
    if assessment.outcome is not Outcome.FAIL:
        return [Row(own, check, resource, _RESULTS[assessment.outcome], assessment.reason)]
    failures = {finding_id(customer, resource, check.id, verdict.subject): verdict for verdict in assessment.failures}
    untold = [
        Row(name, check, resource, Result.FAIL, verdict.summary, _severity(verdict, assessment))
        for name, verdict in failures.items()
        if name not in listed
    ]
    gaps = [verdict.summary for verdict in assessment.verdicts if verdict.outcome is Outcome.NOT_ASSESSED]
    return untold + ([Row(own, check, resource, Result.NOT_ASSESSED, "; ".join(gaps))] if gaps else [])


def _severity(verdict: Verdict, assessment: Assessment) -> Severity:
    return assessment.check.severity if verdict.severity is None else verdict.severity
