"""Published flaws in a customer's software as CycloneDX 1.6 VEX (ECMA-424): which, in what, and what is done about it.

Made of the findings on software alone: it is no inventory. A flaw of an open finding is ``exploitable`` where an update
waits and ``in_triage`` where nobody has a fix yet; one whose risk was accepted stays ``exploitable``, answered by
``will_not_fix`` with the reason, because accepting a risk does not make software safe.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from posture.model.text import visible
from posture.report.flaws import Component, KnownFlaw, known_flaws
from posture.report.judged import Result, Row, rows
from posture.report.model import Report

_FIELD = 2048
_SEVERITIES = {"critical", "high", "medium", "low"}


class VexRenderer:
    """One JSON document, UTF-8."""

    format = "vex"

    def render(self, report: Report) -> bytes:
        """Every flaw of every finding on software, nothing capped."""
        run = report.view.run
        found = [(row, flaw) for row in rows(report) if row.finding for flaw in known_flaws(row.finding)]
        components: dict[str, dict[str, Any]] = {}
        for row, flaw in found:
            for one in flaw.components or (_whole(row),):
                components.setdefault(_ref(row, one), _component(row, one))
        whole = {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'posture/{report.view.customer.id}/{run.id}')}",
            "version": 1,
            "metadata": {
                "timestamp": _utc(run.ended or run.started),
                "tools": {
                    "components": [{"type": "application", "name": "Posture", "version": visible(run.posture_version)}]
                },
                "component": {
                    "type": "platform",
                    "bom-ref": f"customer/{visible(report.view.customer.id)}",
                    "name": visible(report.view.customer.name) or visible(report.view.customer.id),
                },
            },
            "components": [components[ref] for ref in sorted(components)],
            "vulnerabilities": [_vulnerability(row, flaw) for row, flaw in found],
        }
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def _vulnerability(row: Row, flaw: KnownFlaw) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "bom-ref": f"{row.id}/{visible(flaw.id)}",
        "id": visible(flaw.id),
        "source": {"name": "CVE" if flaw.id.startswith("CVE-") else "advisory"},
        "ratings": [_rating(flaw)],
        "description": visible(row.check.title),
        "analysis": _analysis(row, flaw),
        "affects": [{"ref": _ref(row, one)} for one in flaw.components or (_whole(row),)],
        "properties": [
            {"name": "posture:finding", "value": row.id},
            {"name": "posture:resource", "value": visible(row.resource)},
            {"name": "posture:known-exploited", "value": "true" if flaw.exploited else "false"},
        ],
    }
    if flaw.advisory != flaw.id:
        whole["advisories"] = [{"title": visible(flaw.advisory), "url": f"urn:advisory:{visible(flaw.advisory)}"}]
    if flaw.fix:
        whole["recommendation"] = visible(f"Update to {flaw.fix} or later")
    return whole


def _rating(flaw: KnownFlaw) -> dict[str, Any]:
    rating: dict[str, Any] = {"severity": flaw.severity if flaw.severity in _SEVERITIES else "unknown"}
    if flaw.score is not None:
        rating |= {"score": flaw.score, "method": "other"}  # which CVSS it is of is not told
    return rating


def _analysis(row: Row, flaw: KnownFlaw) -> dict[str, Any]:
    finding = row.finding
    whole: dict[str, Any] = {"state": "exploitable", "response": ["update"]}
    detail = row.reason
    if row.result is Result.FIXED:
        whole = {"state": "resolved"}
    elif row.result is Result.GONE:
        whole = {"state": "in_triage"}
        detail = f"The resource left the inventory, nobody has looked again: {row.reason}"
    elif row.result is Result.REFUTED:
        whole = {"state": "false_positive"}
        detail = row.dispute.decision if row.dispute else detail
    elif row.result is Result.ACCEPTED:
        whole = {"state": "exploitable", "response": ["will_not_fix" if flaw.fixed else "can_not_fix"]}
        if given := row.acceptance:
            detail = f"Risk accepted by {given.accepted_by} until {given.until.isoformat()}: {given.reason}"
    elif not flaw.fixed:
        whole = {"state": "in_triage", "response": ["can_not_fix"]}
        detail = f"No free fix is on offer: {row.reason}"
    elif finding is not None and finding.unconfirmed_runs:
        detail = f"Not seen again since {finding.last_seen.isoformat()}, because it could not be assessed: {row.reason}"
    if finding is not None:
        whole |= {"firstIssued": _utc(finding.first_seen), "lastUpdated": _utc(finding.last_seen)}
    return whole | {"detail": visible(detail, _FIELD)}


def _component(row: Row, one: Component) -> dict[str, Any]:
    whole: dict[str, Any] = {"type": "library" if one.purl else "platform", "bom-ref": _ref(row, one),
                             "name": one.name or "unnamed"}  # fmt: skip
    if one.purl:
        whole |= {"version": one.version, "purl": one.purl}
    return whole | {"properties": [{"name": "posture:resource", "value": visible(row.resource)}]}


def _whole(row: Row) -> Component:
    """The resource itself, where the evidence names no software."""
    name = visible(row.resource) or "all resources"
    return Component(name, "", "")


def _ref(row: Row, one: Component) -> str:
    """A component's reference: the same package on two hosts is two components."""
    return f"{visible(row.resource)}/{one.purl}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
