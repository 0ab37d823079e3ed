"""Results as events of the Open Cybersecurity Schema Framework 1.5.0, class Compliance Finding (2003).

One event a finding and one an outcome without finding, a JSON object a line, as Security Lake, Splunk and Vector take
them. The time of an event is that of the audit: the same audit gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from posture.model.dispute import DisputeState
from posture.model.finding import Finding, FindingStatus
from posture.model.severity import Severity
from posture.model.text import visible, visible_lines
from posture.report.judged import Result, Row, rows
from posture.report.model import Report
from posture.report.remediation import Remediation

VERSION = "1.5.0"
_CLASS = 2003
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_ACTIVITIES = {_CREATE: "Create", _UPDATE: "Update", _CLOSE: "Close"}
_PASS, _WARNING, _FAIL, _OTHER = 1, 2, 3, 99
_COMPLIANCE = {
    Result.PASS: (_PASS, "Pass"),
    Result.FIXED: (_PASS, "Pass"),
    Result.FAIL: (_FAIL, "Fail"),
    Result.ACCEPTED: (_FAIL, "Fail"),
    Result.REFUTED: (_OTHER, "Refuted"),
    Result.NOT_ASSESSED: (_WARNING, "Warning"),  # "did not yield a result due to missing information"
    Result.NOT_APPLICABLE: (_OTHER, "Not applicable"),
    Result.GONE: (_OTHER, "Resource left the inventory"),
}
_FIELD = 2048
_TEXT_LINES, _TEXT_WIDTH = 400, 1000


class OcsfRenderer:
    """JSON lines, UTF-8."""

    format = "ocsf"

    def render(self, report: Report) -> bytes:
        """Every event, nothing capped."""
        kinds = {one.id: one.kind.value for one in report.view.customer.resources}
        events = (_event(row, report, kinds) for row in rows(report))
        lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in events)
        return "".join(f"{line}\n" for line in lines).encode()


def _event(row: Row, report: Report, kinds: Mapping[str, str]) -> dict[str, Any]:
    """One event as plain values; times are milliseconds since 1970, UTC."""
    activity = _activity(row)
    state, word = _state(row)
    severity, severity_word = _severity(row)
    run = report.view.run
    whole = {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Compliance Finding",
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"Compliance Finding: {_ACTIVITIES[activity]}",
        "severity_id": severity,
        "severity": severity_word,
        "status_id": state,
        "status": word,
        "time": _milliseconds(run.ended or run.started),
        "message": visible(row.reason, _FIELD) or visible(row.check.title),
        "metadata": _metadata(report),
        "finding_info": _info(row, report),
        "compliance": _compliance(row),
        "resources": [_resource(row, report, kinds)],
        "unmapped": _unmapped(row, report),
    }
    if row.finding is not None:
        whole["evidences"] = _evidences(row.finding)
        if text := report.remediations.get(row.id):
            whole["remediation"] = {"desc": _remediation(text)}
    if row.acceptance is not None:
        given = row.acceptance
        whole["comment"] = visible(f"Risk accepted by {given.accepted_by}: {given.reason}", _FIELD)
    return whole


def _activity(row: Row) -> int:
    if row.result in {Result.FIXED, Result.GONE}:
        return _CLOSE
    return _UPDATE if row.finding is not None and row.finding.status is not FindingStatus.NEW else _CREATE


def _state(row: Row) -> tuple[int, str]:
    """The state of the finding's handling; what is no finding has none to be handled."""
    if row.result in {Result.ACCEPTED, Result.REFUTED}:
        return 3, "Suppressed"
    if row.result is Result.FAIL and row.dispute is not None and row.dispute.state is DisputeState.RAISED:
        return 2, "In Progress"
    if row.result in {Result.FIXED, Result.GONE}:
        return 4, "Resolved"
    return (1, "New") if row.result is Result.FAIL else (99, row.result.value.capitalize())


def _severity(row: Row) -> tuple[int, str]:
    """OCSF counts from 1, Informational, to 5, Critical; what did not fail is informational."""
    if row.severity is None or row.severity is Severity.INFO:
        return 1, "Informational"
    return int(row.severity) + 1, row.severity.word.capitalize()


def _metadata(report: Report) -> dict[str, Any]:
    run = report.view.run
    return {
        "version": VERSION,
        "product": {
            "name": "Posture",
            "vendor_name": visible(report.provider.name) or "Posture",
            "version": visible(run.posture_version),
        },
        "correlation_uid": visible(run.id),
        "tenant_uid": visible(report.view.customer.id),
    }


def _info(row: Row, report: Report) -> dict[str, Any]:
    run, finding = report.view.run, row.finding
    info: dict[str, Any] = {
        "uid": row.id,
        "title": visible(row.check.title),
        "desc": visible(row.reason, _FIELD),
        "analytic": {"uid": visible(row.check.id), "name": visible(row.check.title), "type_id": 1, "type": "Rule"},
        "created_time": _milliseconds(finding.first_seen if finding else run.started),
    }
    if finding is not None:
        info["first_seen_time"] = _milliseconds(finding.first_seen)
        info["last_seen_time"] = _milliseconds(finding.last_seen)
    return info


def _compliance(row: Row) -> dict[str, Any]:
    state, word = _COMPLIANCE[row.result]
    return {
        "control": visible(row.check.id),
        "desc": visible(row.check.title),
        "requirements": [visible(control) for control in row.check.controls],
        "standards": list(dict.fromkeys(visible(c).partition(":")[0] for c in row.check.controls))
        or [f"clause {visible(row.check.clause)}"],
        "status_id": state,
        "status": word,
        "status_code": row.result.name,
        "status_details": [visible(row.reason, _FIELD)] if row.reason else [],
    }


def _resource(row: Row, report: Report, kinds: Mapping[str, str]) -> dict[str, Any]:
    name = visible(row.resource) or "all resources"
    return {
        "uid": name,
        "name": name,
        "type": kinds.get(row.resource, "resource"),
        "group": {"uid": visible(report.view.customer.id), "name": visible(report.view.customer.name)},
    }


def _evidences(finding: Finding) -> list[dict[str, Any]]:
    return [
        {
            "name": visible(evidence.source),
            "data": {
                "observed": "\n".join(visible_lines(evidence.observed)),
                "at": evidence.at.isoformat(),
            },
        }
        for evidence in finding.evidence
    ]


def _remediation(text: Remediation) -> str:
    """What to do, with the commands, as Markdown."""
    parts = (f"{text.action} (about {text.effort_minutes} minutes)", "## Fix", text.fix_md, "## Verify", text.verify_md)
    return "\n".join(visible_lines("\n\n".join(part.strip() for part in parts), _TEXT_LINES, _TEXT_WIDTH))


def _unmapped(row: Row, report: Report) -> dict[str, Any]:
    """What OCSF has no field for."""
    finding = row.finding
    return {
        "clause": visible(row.check.clause),
        "policy": visible(report.policy),
        "subject": visible(finding.subject) if finding else "",
        "finding_status": finding.status.value if finding else "",
        "dispute": row.dispute.state.value if row.dispute else "",
        "due_time": _milliseconds(finding.due) if finding and finding.due else None,
        "accepted_until_time": _milliseconds(row.acceptance.until) if row.acceptance else None,
        "whole_audit": report.view.run.whole,
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
