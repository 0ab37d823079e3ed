"""Findings as DefectDojo's "Generic Findings Import" takes them (JSON).

The fields are those that its importer allows, a field more makes it refuse the file. It knows findings only: what
passed and what was not assessed is counted in the test's description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from posture.model.dispute import DisputeState
from posture.model.finding import Finding
from posture.model.text import visible, visible_lines
from posture.report.flaws import KnownFlaw, known_flaws
from posture.report.judged import Result, Row, rows
from posture.report.model import Report
from posture.report.weaknesses import weakness

_TITLE = 500  # characters; DefectDojo keeps 511
_SERVICE_NAME = 199  # it keeps 200
_FIELD = 2048
_LINES = 400
_WIDTH = 1000
_SERVICE = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})(?:/(?:tcp|udp))?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_QUICK, _LONG = 15, 60  # minutes


class DefectDojoRenderer:
    """One JSON document, UTF-8."""

    format = "defectdojo"

    def render(self, report: Report) -> bytes:
        """Every finding, nothing capped; those that are gone as mitigated, so that an import closes them."""
        every = rows(report)
        whole = {
            "name": "Posture",
            "type": "Posture",
            "version": visible(report.view.run.posture_version),
            "description": _description(report, every),
            "findings": [_finding(row, report) for row in every if row.severity is not None],
        }
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def _description(report: Report, every: Sequence[Row]) -> str:
    count = {result: sum(row.result is result for row in every) for result in Result}
    part = "" if report.view.run.whole else " Only a part of the checks or resources was looked at."
    return (
        f"Audit {visible(report.run)} of {visible(report.customer)}: {count[Result.PASS]} checks passed, "
        f"{count[Result.NOT_ASSESSED]} could not be assessed, {count[Result.NOT_APPLICABLE]} do not apply.{part}"
    )


def _finding(row: Row, report: Report) -> dict[str, Any]:
    finding = row.finding
    at = finding.first_seen if finding else report.view.run.started
    dynamic = row.check.family in {"exposure", "email"}
    whole: dict[str, Any] = {
        "title": visible(f"{row.check.title}: {_place(row)}", _TITLE),
        "severity": "Info" if row.severity is None else row.severity.word.capitalize(),
        "description": _evidence(row),
        "date": at.date().isoformat(),
        "active": row.result is Result.FAIL,
        "verified": False,
        "under_review": row.dispute is not None and row.dispute.state is DisputeState.RAISED,
        "false_p": row.result is Result.REFUTED,
        "risk_accepted": row.result is Result.ACCEPTED,
        "is_mitigated": row.result in {Result.FIXED, Result.GONE},
        "unique_id_from_tool": row.id,
        "vuln_id_from_tool": visible(row.check.id),
        "service": visible(row.resource, _SERVICE_NAME) or "all resources",
        "static_finding": not dynamic,
        "dynamic_finding": dynamic,
        "tags": _tags(row),
        "references": _references(row),
        "endpoints": _endpoints(row),
    }
    if number := weakness(row.check.id):
        whole["cwe"] = number
    if finding is not None:
        whole |= _of_finding(finding, row, report)
    return whole


def _of_finding(finding: Finding, row: Row, report: Report) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    if finding.due is not None:
        whole["planned_remediation_date"] = finding.due.date().isoformat()
    if row.result in {Result.FIXED, Result.GONE}:
        whole["mitigated"] = (finding.resolved_at or finding.last_seen).isoformat()
    if text := report.remediations.get(row.id):
        steps = f"{text.action}\n\n{text.fix_md.strip()}\n\nTo verify:\n\n{text.verify_md.strip()}"
        whole["mitigation"] = _block(steps)
        whole["impact"] = _block(text.why_md.strip())
        minutes = text.effort_minutes
        whole["effort_for_fixing"] = "Low" if minutes <= _QUICK else "Medium" if minutes <= _LONG else "High"
    if flaws := known_flaws(finding):
        whole |= _flaws(flaws)
    return whole


def _flaws(flaws: tuple[KnownFlaw, ...]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "vulnerability_ids": [flaw.id for flaw in flaws],
        "known_exploited": any(flaw.exploited for flaw in flaws),
        "fix_available": any(flaw.fixed for flaw in flaws),
    }
    components = {component for flaw in flaws for component in flaw.components}
    if len(components) == 1:  # it has room for one
        (only,) = components
        whole |= {"component_name": only.name, "component_version": visible(only.version, 99)}
    return whole


def _evidence(row: Row) -> str:
    """The sentence, why the risk was accepted, and what was seen."""
    parts = [visible(row.reason, _FIELD) or visible(row.check.title) or visible(row.check.id)]
    if row.acceptance is not None:
        given = row.acceptance
        told = f"Risk accepted by {given.accepted_by} until {given.until.isoformat()}: {given.reason}"
        parts.append(visible(told, _FIELD))
    for evidence in row.finding.evidence if row.finding else ():
        seen = "\n".join(f"    {line}" for line in visible_lines(evidence.observed))
        parts.append(f"{visible(evidence.source)}, {evidence.at.isoformat()}:\n\n{seen}")
    return "\n\n".join(parts)


def _references(row: Row) -> str:
    lines = [f"Policy clause {visible(row.check.clause)}"]
    lines += ["Gives evidence for:"] if row.check.controls else []
    return "\n".join([*lines, *(f"- {visible(control)}" for control in row.check.controls)])


def _tags(row: Row) -> list[str]:
    return [_tag(row.check.family), f"clause-{_tag(row.check.clause)}"]


def _tag(text: str) -> str:
    """It refuses tags with commas, spaces and quotes."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", visible(text, 40)) or "none"


def _place(row: Row) -> str:
    subject = row.finding.subject if row.finding else ""
    return " ".join(part for part in (row.resource, subject) if part) or "all resources"


def _endpoints(row: Row) -> list[str]:
    """Where it is: address and port if the subject is one, else the resource if that is a host's or domain's name."""
    subject = row.finding.subject if row.finding else ""
    if (match := _SERVICE.fullmatch(subject)) and int(match["port"]) <= 65535:
        return [f"{match['host']}:{match['port']}"]
    return [row.resource] if len(row.resource) <= 253 and _HOST.fullmatch(row.resource) else []


def _block(text: str) -> str:
    return "\n".join(visible_lines(text, _LINES, _WIDTH))
