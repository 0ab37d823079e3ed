"""The rules and results of a SARIF log: a rule a check, a result a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from posture.model.dispute import DisputeState
from posture.model.severity import Severity
from posture.model.text import visible, visible_lines
from posture.report.judged import Result, Row
from posture.report.model import Report
from posture.report.weaknesses import weakness

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {  # GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium, below low
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.5",
}
_FIELD = 2048
_TITLE = 250  # GitHub shows 255 characters of a name, 1024 of a description
_LINES, _WIDTH = 400, 1000
_PLACE = re.compile(r"(?P<path>[^/].*?)(?::(?P<line>[1-9][0-9]{0,8}))?")
_MOST_PLACES = 10  # locations of a result


def rule_ids(some: Iterable[Row]) -> dict[str, int]:
    """The index of each check's rule, in the order of its first result."""
    ids: dict[str, int] = {}
    for row in some:
        ids.setdefault(row.check.id, len(ids))
    return ids


def rule(row: Row, report: Report) -> dict[str, Any]:
    """The rule of the row's check. Its help is the text written for this row, which is of the same customer."""
    check = row.check
    number = weakness(check.id)
    tags = ["security", visible(check.family)] + ([f"external/cwe/cwe-{number:03}"] if number else [])
    plain, markdown = _help(row, report)
    return {
        "id": visible(check.id),
        "name": "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", check.id)) or "Check",
        "shortDescription": {"text": visible(check.title, _TITLE) or visible(check.id)},
        "fullDescription": {"text": visible(check.title, _TITLE) or visible(check.id)},
        "help": {"text": plain, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {
            "tags": tags,
            "security-severity": _SCORES[check.severity],
            "clause": visible(check.clause),
            "givesEvidenceFor": [visible(control) for control in check.controls],
        },
    }


def _help(row: Row, report: Report) -> tuple[str, str]:
    text = report.remediations.get(row.id)
    if text is None:
        title = visible(row.check.title, _TITLE) or visible(row.check.id)
        return title, title
    place = visible(row.resource) or "all resources"
    whole = (
        f"**{text.action}** (about {text.effort_minutes} minutes). May break: {text.disruption}\n\n"
        f"{text.why_md.strip()}\n\n## Fix, as for {place}\n\n"
        f"{text.fix_md.strip()}\n\n## Verify\n\n{text.verify_md.strip()}"
    )
    return visible(text.action), "\n".join(visible_lines(whole, _LINES, _WIDTH))


def result(row: Row, number: int, *, in_file: bool) -> dict[str, Any]:
    """A finding. `partialFingerprints` are of its id alone, which stays from audit to audit."""
    severity = Severity.INFO if row.severity is None else row.severity
    places = _files(row) if in_file else []
    whole: dict[str, Any] = {
        "ruleId": visible(row.check.id),
        "ruleIndex": number,
        "kind": "fail",
        "level": _LEVELS[severity],
        "message": {"text": visible(row.reason, _FIELD) or visible(row.check.title) or visible(row.check.id)},
        "locations": places or [_elsewhere(row)],
        "partialFingerprints": {"primaryLocationLineHash": f"{row.id.removeprefix('F-')}:1", "findingId/v1": row.id},
        "properties": _properties(row),
    }
    if suppression := _suppression(row):
        whole["suppressions"] = [suppression]
    return whole


def _properties(row: Row) -> dict[str, Any]:
    finding = row.finding
    told: dict[str, Any] = {
        "resource": visible(row.resource),
        "severity": row.severity.word if row.severity is not None else "info",
    }
    if finding is not None:
        told |= {
            "subject": visible(finding.subject),
            "status": finding.status.value,
            "firstSeen": finding.first_seen.isoformat(),
            "lastSeen": finding.last_seen.isoformat(),
            "due": finding.due.isoformat() if finding.due else None,
        }
    return told


def _suppression(row: Row) -> dict[str, Any] | None:
    """Why it is no alert: its risk is accepted, or the provider agrees that it is wrong; or that this is disputed."""
    given, dispute = row.acceptance, row.dispute
    if row.result is Result.ACCEPTED:
        told = f"{given.reason} (risk accepted by {given.accepted_by} until {given.until.isoformat()})" if given else ""
        return {"kind": "external", "status": "accepted", "justification": visible(told, _FIELD)}
    if dispute is None or dispute.state is DisputeState.REJECTED:
        return None
    if row.result is Result.REFUTED:
        told = visible(f"{dispute.decision} (refuted by {dispute.decided_by})", _FIELD)
        return {"kind": "external", "status": "accepted", "justification": told}
    return {"kind": "external", "status": "underReview", "justification": visible(dispute.reason, _FIELD)}


def _files(row: Row) -> list[dict[str, Any]]:
    """The files of the repository that the evidence names, relative to it, with lines."""
    places: list[dict[str, Any]] = []
    path = dict(row.finding.details).get("path", "") if row.finding else ""
    for evidence in row.finding.evidence if row.finding else ():
        match = _PLACE.fullmatch(evidence.source)
        if match is None or (match["line"] is None and match["path"] != path):
            continue
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(match["path"])}}
        if match["line"]:
            physical["region"] = {"startLine": int(match["line"])}
        places.append({"physicalLocation": physical, "logicalLocations": [_logical(row)]})
    return places[:_MOST_PLACES]


def _elsewhere(row: Row) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(visible(row.resource) or "all resources")},
            "region": {"startLine": 1},
        },
        "logicalLocations": [_logical(row)],
    }


def _logical(row: Row) -> dict[str, Any]:
    resource = visible(row.resource) or "all resources"
    subject = visible(row.finding.subject) if row.finding else ""
    return {"name": subject or resource, "fullyQualifiedName": f"{resource}/{subject}" if subject else resource,
            "kind": "resource"}  # fmt: skip


def _uri(path: str) -> str:
    """A relative reference (RFC 3986): never absolute, never above its root, no colon in its first segment."""
    parts = [quote(visible(part), safe="") for part in path.split("/") if part not in {"", ".", ".."}]
    return "/".join(parts) or "unnamed"
