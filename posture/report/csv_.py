"""Every result as a table for a spreadsheet: each finding, and each check without one with what it came to."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from posture.report.cells import cell
from posture.report.judged import Row, rows
from posture.report.model import Report
from posture.report.moments import local

COLUMNS = (
    "customer", "resource", "check", "clause", "title", "result", "severity", "status", "subject", "summary",
    "first_seen", "last_seen", "due", "action", "effort_minutes", "accepted_by", "accepted_until", "accepted_because",
    "dispute", "controls", "id", "assessed",
)  # fmt: skip


class CsvRenderer:
    """RFC 4180, UTF-8 with a byte order mark, as Excel wants it; times are ISO 8601 with the customer's offset."""

    format = "csv"

    def render(self, report: Report) -> bytes:
        """The whole table, nothing capped."""
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(COLUMNS)
        table.writerows([cell(value) for value in _line(row, report)] for row in rows(report))
        return text.getvalue().encode("utf-8-sig")


def _line(row: Row, report: Report) -> tuple[str, ...]:
    """The cells of a row. What is of a finding is empty where there is none."""
    finding, given = row.finding, row.acceptance
    text = report.remediations.get(row.id)
    return (
        report.view.customer.id, row.resource, row.check.id, row.check.clause, row.check.title, row.result.value,
        "" if row.severity is None else row.severity.word, finding.status.value if finding else "",
        finding.subject if finding else "", row.reason,
        _moment(finding.first_seen if finding else None, report),
        _moment(finding.last_seen if finding else None, report),
        _moment(finding.due if finding else None, report),
        text.action if text else "", str(text.effort_minutes) if text else "",
        given.accepted_by if given else "", _moment(given.until if given else None, report),
        given.reason if given else "",
        row.dispute.state.value if row.dispute else "",
        " ".join(row.check.controls), row.id, _moment(report.started, report),
    )  # fmt: skip


def _moment(value: datetime | None, report: Report) -> str:
    return local(value, report.started.tzinfo or UTC).isoformat() if value else ""
