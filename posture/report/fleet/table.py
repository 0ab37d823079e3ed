"""Every customer's standing as CSV: what the page caps stands here whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from posture.report.cells import cell
from posture.report.fleet.page import in_order
from posture.report.fleet.standing import FleetCustomer

COLUMNS = (
    "customer", "name", "state", "must_fix", "should_fix", "overdue_tasks", "next_due", "accepted", "checks_passed",
    "checks_not_assessed", "audited",
)  # fmt: skip


def fleet_csv(customers: Iterable[FleetCustomer]) -> bytes:
    """RFC 4180, UTF-8 with a byte order mark; times are ISO 8601."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in in_order(customers):
        due = one.next_due.isoformat() if one.next_due else ""
        numbers = (one.must, one.should, one.overdue)
        table.writerow(
            [cell(one.id), cell(one.name), one.state.value, *numbers, due, one.accepted, one.passed, one.not_assessed,
             one.audited.isoformat()]
        )  # fmt: skip
    return text.getvalue().encode("utf-8-sig")
