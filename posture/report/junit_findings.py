"""An audit as JUnit's XML, for a pipeline's gate: one test case for each check and resource.

A check with open findings is a failure. One that could not look, or only at a part, is skipped with the reason: never a
pass; so is one that does not apply, with these words. Accepted risks and refuted findings are no failures, and told in
the case's output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from posture.model.severity import Severity
from posture.report.judged import Result, Row, rows
from posture.report.junit_xml import TestCase, document
from posture.report.model import Report

_ALL = "all resources"
_BESIDE = {Result.ACCEPTED, Result.REFUTED, Result.FIXED, Result.GONE}
_SKIPPED = {Result.NOT_ASSESSED: "not assessed", Result.NOT_APPLICABLE: "does not apply"}


class JunitRenderer:
    """One XML document, UTF-8; a test suite a resource."""

    format = "junit"

    def render(self, report: Report) -> bytes:
        """Every check on every resource, nothing capped."""
        by_case: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows(report):
            by_case[row.resource or _ALL, row.check.id].append(row)
        cases = [_case(resource, check, by_case[resource, check]) for resource, check in sorted(by_case)]
        run = report.view.run
        told = {
            "customer": report.view.customer.id,
            "policy": report.policy,
            "run": report.run,
            "tool": f"posture {run.posture_version}",
            "whole": "yes" if run.whole else "no: only a part of the checks or resources was looked at",
        }
        return document(f"audit of {report.customer}", cases, report.started, told)


def _case(resource: str, check: str, some: Sequence[Row]) -> TestCase:
    failing = sorted((row for row in some if row.result is Result.FAIL), key=_worst_first)
    unseen = [f"{_SKIPPED[row.result]}: {row.reason}" for row in some if row.result in _SKIPPED]
    output = tuple(_told(row) for row in some if row.result in _BESIDE or (failing and row.result in _SKIPPED))
    if failing:
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        worst = failing[0].severity
        return TestCase(
            resource, check,
            failure=f"{failing[0].reason or failing[0].check.title}{more}",
            kind=worst.word if worst is not None else "",
            details=tuple(_line(row) for row in failing),
            output=output,
        )  # fmt: skip
    return TestCase(resource, check, skipped="; ".join(unseen), output=output)


def _worst_first(row: Row) -> tuple[int, str]:
    return -(Severity.INFO if row.severity is None else row.severity), row.id


def _line(row: Row) -> str:
    finding = row.finding
    place = f" {finding.subject}:" if finding and finding.subject else ""
    due = f" (due {finding.due.isoformat(timespec='seconds')})" if finding and finding.due else ""
    return f"{row.id} {row.severity.word if row.severity is not None else ''}:{place} {row.reason}{due}"


def _told(row: Row) -> str:
    if row.acceptance is not None:
        given = row.acceptance
        until = given.until.isoformat(timespec="seconds")
        return f"accepted by {given.accepted_by} until {until}: {given.reason}; {_line(row)}"
    if row.result is Result.REFUTED and row.dispute is not None:
        return f"refuted by {row.dispute.decided_by}: {row.dispute.decision}; {_line(row)}"
    return f"{row.result.value}: {row.reason}"
