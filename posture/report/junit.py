"""A pre-onboarding check as JUnit's XML, for pipelines: one test case for each check and resource.

What blocks is a failure, what could not be looked at is skipped with the reason, all else has passed; warnings stand in
the case's output.
"""

from __future__ import annotations

from posture.model.precheck import Weight
from posture.model.verdict import Outcome
from posture.report.junit_xml import TestCase, document
from posture.report.precheck import Case, PrecheckReport


def junit(report: PrecheckReport) -> bytes:
    """The document, UTF-8; a test suite for each address and domain."""
    cases = sorted(report.cases, key=lambda case: (case.resource, case.check))
    told = {
        "verdict": report.verdict.value,
        "prospect": report.prospect_id,
        "authorization": report.authorization,
        "valid_until": report.valid_until.isoformat(timespec="seconds"),
        "policy": report.policy,
        "run": report.run,
        "tool": report.tool,
    }
    return document(f"precheck of {report.prospect}", [_case(case) for case in cases], report.made_at, told)


def _case(case: Case) -> TestCase:
    suite = case.resource or "all"
    reason = case.reason or "no reason was given"
    if case.outcome is Outcome.FAIL and case.weight is Weight.BLOCK:
        return TestCase(suite, case.check, failure=reason, kind=case.severity, details=case.findings)
    if case.outcome is Outcome.NOT_ASSESSED:
        return TestCase(suite, case.check, skipped=reason)
    if case.outcome is Outcome.FAIL:
        return TestCase(suite, case.check, output=(f"{case.weight.value} ({case.severity})", *case.findings))
    return TestCase(suite, case.check)
