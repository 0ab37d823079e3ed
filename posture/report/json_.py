"""The findings as JSON, schema ``posture.findings/1``: every finding and one row an assessment, nothing capped."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, cast

from posture.model.assessment import Assessment, CheckInfo
from posture.model.coverage import PortsSeen
from posture.model.dispute import Dispute
from posture.model.finding import Acceptance, Finding, FindingStatus
from posture.model.run import Run
from posture.model.text import visible, visible_lines
from posture.report.attested import AttestedRow
from posture.report.model import Report
from posture.report.moments import local
from posture.report.remediation import Remediation

SCHEMA = "posture.findings/1"
_FIELD = 2048  # characters: a reason may be a paragraph
_EVIDENCE_LINES = 2_000  # against a runaway only: a list of packages that long is whole


_Moment = Callable[[datetime | None], str | None]


class JsonRenderer:
    """One JSON document, UTF-8, with a line break at its end."""

    format = "json"

    def render(self, report: Report) -> bytes:
        """The document; times are ISO 8601 with the offset of the customer's time zone."""
        return (json.dumps(document(report), ensure_ascii=False, indent=1) + "\n").encode()


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every document satisfies."""
    text = files("posture.report").joinpath("findings.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def document(report: Report) -> dict[str, Any]:
    """The document as plain values."""
    customer = report.view.customer
    zone = report.started.tzinfo or UTC

    def moment(value: datetime | None) -> str | None:
        return local(value, zone).isoformat() if value else None

    given = {acceptance.finding: acceptance for acceptance in report.view.acceptances}
    disputes = {dispute.finding: dispute for dispute in report.view.disputes}
    return {
        "schema": SCHEMA,
        "customer": {
            "id": visible(customer.id),
            "name": visible(customer.name),
            "language": visible(customer.language),
            "timezone": report.zone,
        },
        "resources": [{"id": visible(one.id), "kind": one.kind.value} for one in customer.resources],
        "attestations": [_attested(row) for row in report.attested],
        "run": {
            **_run(report.view.run, report.policy, moment),
            "ports": [_ports(seen, moment) for seen in report.view.ports],
        },
        "checks": [_check(check) for check in _checks(report)],
        "assessments": [_assessment(assessment) for assessment in report.view.assessments],
        "findings": [
            _finding(finding, report.remediations.get(finding.id), moment)
            | {
                "acceptance": _acceptance(finding, given.get(finding.id), moment),
                "dispute": _dispute(disputes.get(finding.id), moment),
            }
            for finding in report.view.findings
        ],
    }


def _attested(row: AttestedRow) -> dict[str, Any]:
    """What the customer says of himself; nulls where he has not been heard."""
    return {
        "topic": row.topic.value,
        "statement": row.statement or None,
        "attested_by": row.attested_by or None,
        "at": row.at.isoformat() if row.at else None,
        "older_than_a_year": row.old,
    }


def _run(run: Run, policy: str, moment: _Moment) -> dict[str, Any]:
    return {
        "id": visible(run.id),
        "started": moment(run.started),
        "ended": moment(run.ended),
        "posture_version": visible(run.posture_version),
        "policy": visible(run.policy or policy),
        "whole": run.whole,
        "sources": [
            {
                "name": visible(source.name),
                "newest": moment(source.newest),
                "fetched": moment(source.fetched),
                "state": source.state.value,
            }
            for source in run.sources
        ],
    }


def _ports(seen: PortsSeen, moment: _Moment) -> dict[str, Any]:
    return {
        "resource": visible(seen.resource),
        "looked_at": seen.now,
        "of": seen.every,
        "oldest": moment(seen.oldest),
        "from": visible(seen.source) or None,
    }


def _checks(report: Report) -> list[CheckInfo]:
    """The checks that the document speaks of, each once, by id; as the audit had them."""
    known = {finding.check.id: finding.check for finding in report.view.findings}
    known |= {assessment.check.id: assessment.check for assessment in report.view.assessments}
    return [known[name] for name in sorted(known)]


def _check(check: CheckInfo) -> dict[str, Any]:
    return {
        "id": visible(check.id),
        "title": visible(check.title),
        "clause": visible(check.clause),
        "severity": check.severity.word,
        "controls": [visible(control) for control in check.controls],
    }


def _acceptance(finding: Finding, given: Acceptance | None, moment: _Moment) -> dict[str, Any] | None:
    """Who accepted the risk, why and until when; null where the finding is not accepted."""
    if given is None or finding.status is not FindingStatus.ACCEPTED:
        return None
    return {
        "reason": visible(given.reason, _FIELD),
        "accepted_by": visible(given.accepted_by),
        "accepted_at": moment(given.accepted_at),
        "until": moment(given.until),
    }


def _dispute(dispute: Dispute | None, moment: _Moment) -> dict[str, Any] | None:
    """What somebody says against the finding as it is now, and what was decided; null where nobody does."""
    if dispute is None:
        return None
    return {
        "state": dispute.state.value,
        "reason": visible(dispute.reason, _FIELD),
        "raised_by": visible(dispute.raised_by),
        "raised_at": moment(dispute.raised_at),
        "decided_by": visible(dispute.decided_by) or None,
        "decided_at": moment(dispute.decided_at),
        "decision": visible(dispute.decision, _FIELD) or None,
    }


def _assessment(assessment: Assessment) -> dict[str, Any]:
    return {
        "check": visible(assessment.check.id),
        "resource": visible(assessment.resource),
        "outcome": assessment.outcome.value,
        "reason": visible(assessment.reason, _FIELD),
    }


def _finding(finding: Finding, remediation: Remediation | None, moment: _Moment) -> dict[str, Any]:
    return {
        "id": finding.id,
        "check": visible(finding.check.id),
        "clause": visible(finding.check.clause),
        "title": visible(finding.check.title),
        "summary": visible(finding.summary, _FIELD),
        "severity": finding.severity.word,
        "status": finding.status.value,
        "resource": visible(finding.resource),
        "subject": visible(finding.subject),
        "first_seen": moment(finding.first_seen),
        "last_seen": moment(finding.last_seen),
        "due": moment(finding.due),
        "resolved_at": moment(finding.resolved_at),
        "resource_gone": finding.retired,
        "unconfirmed_runs": finding.unconfirmed_runs,
        "times_reopened": finding.times_reopened,
        "evidence": [
            {
                "source": visible(evidence.source),
                "observed": "\n".join(visible_lines(evidence.observed, _EVIDENCE_LINES)),
                "at": moment(evidence.at),
            }
            for evidence in finding.evidence
        ],
        "remediation": _remediation(remediation) if remediation else None,
        "controls": [visible(control) for control in finding.check.controls],
    }


def _remediation(remediation: Remediation) -> dict[str, Any]:
    parts = (("Why", remediation.why_md), ("Fix", remediation.fix_md), ("Verify", remediation.verify_md))
    return {
        "summary": remediation.action,
        "steps_markdown": "\n\n".join(f"## {title}\n\n{text.strip()}" for title, text in parts) + "\n",
        "effort_minutes": remediation.effort_minutes,
        "disruption": remediation.disruption,
    }
