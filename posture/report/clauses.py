"""How each clause of the policy stands, in checks. What was not assessed is a count of its own and never a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from posture.model.assessment import Assessment
from posture.model.finding import Finding, FindingStatus
from posture.model.policy import Clause, Policy
from posture.model.severity import Severity
from posture.model.verdict import Outcome
from posture.model.view import CustomerView
from posture.report.language import Language
from posture.report.model import ClauseRow

_OTHERS = {
    Outcome.PASS: "passed",
    Outcome.NOT_ASSESSED: "not_assessed",
    Outcome.NOT_APPLICABLE: "not_applicable",
}


def clause_rows(view: CustomerView, words: Language) -> tuple[ClauseRow, ...]:
    """A row for every clause of the policy, in its order, then for those that only a check names."""
    known = [clause.id for clause in view.policy.clauses]
    counts: dict[str, Counter[str]] = {clause_id: Counter() for clause_id in known}
    findings = _by_assessment(view.findings)
    for assessment in view.assessments:
        bucket = _bucket(assessment, findings, view)
        counts.setdefault(assessment.check.clause, Counter())[bucket] += 1
    return tuple(
        ClauseRow(
            translated(view.policy, clause_id, words),
            count["must"], count["should"], count["accepted"],
            count["passed"], count["not_assessed"], count["not_applicable"],
        )
        for clause_id, count in counts.items()
    )  # fmt: skip


def translated(policy: Policy, clause_id: str, words: Language) -> Clause:
    """The clause of that number in the words of the report's language, as far as the policy has them."""
    clause = policy.clause(clause_id)
    headline, text = (policy.translated(part, words.code) for part in (clause.headline, clause.text))
    return Clause(clause.id, headline, text)


def _by_assessment(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.check.id, finding.resource), []).append(finding)
    return found


def _bucket(assessment: Assessment, findings: Mapping[tuple[str, str], list[Finding]], view: CustomerView) -> str:
    if assessment.outcome is not Outcome.FAIL:
        return _OTHERS[assessment.outcome]
    own = findings.get((assessment.check.id, assessment.resource), [])
    settled = [one for one in own if one.status is FindingStatus.ACCEPTED or one.id in view.refuted]
    active = [one.severity for one in own if one.status.active and one.id not in view.refuted]
    if not active and settled:
        return "accepted"
    return "must" if max(active, default=_worst(assessment)) >= view.policy.must_fix else "should"


def _worst(assessment: Assessment) -> Severity:
    default = assessment.check.severity
    return max((default if v.severity is None else v.severity for v in assessment.failures), default=default)
