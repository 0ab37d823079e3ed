from __future__ import annotations

import csv
import getpass
import io
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from typing import Any

import click

from posture.cli.errors import Broken, Usage
from posture.cli.options import SEVERITY, database_option, existing, now
from posture.cli.output import as_json, raw, say, table
from posture.cli.reports import report_of
from posture.model.finding import Acceptance, Finding, FindingStatus
from posture.model.severity import Severity
from posture.policy.load import default_policy
from posture.report.cells import cell
from posture.report.json_ import document
from posture.store.errors import NothingToAccept
from posture.store.store import Store

_STATUS = click.Choice([status.value for status in FindingStatus])
_COLUMNS = (
    "id", "customer", "resource", "subject", "check", "severity", "status", "first_seen", "last_seen", "due", "summary",
)  # fmt: skip


@click.command()
@click.argument("customer", required=False)
@click.option("--status", "statuses", multiple=True, type=_STATUS, help="Repeatable; default: all but resolved.")
@click.option("--severity", type=SEVERITY, help="Of this severity or worse.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--json", "json_", is_flag=True, help="The same as --format json.")
@database_option
def findings(
    customer: str | None, statuses: tuple[str, ...], severity: str | None, format_: str, json_: bool, database: str
) -> None:
    """List findings, of all customers or of CUSTOMER, the worst first.

    \b
    posture findings bakery --severity high
    posture findings --status new --format csv > new.csv

    As JSON it is a document of the schema posture.findings/1, with the assessments of the customer's newest audit; for
    all customers a list of such documents.
    """
    wanted = [FindingStatus(word) for word in statuses] or [s for s in FindingStatus if s is not FindingStatus.RESOLVED]
    least = Severity.parse(severity) if severity else None
    with existing(database) as store:
        found = store.findings(customer, wanted, least)
        _refuse_unknown(store, customer)
        if json_ or format_ == "json":
            every = [_document(store, one.id, found) for one in store.customers() if customer in {None, one.id}]
            as_json(every if customer is None else every[0])
            return
    if format_ == "csv":
        raw(_csv([_row(finding) for finding in found]).rstrip("\r\n"))
    else:
        headings = ("ID", "SEVERITY", "STATUS", "DUE", "CUSTOMER", "WHERE", "WHAT")
        table(headings, [_line(finding) for finding in found])


@click.command()
@click.argument("finding_id", metavar="ID")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day, UTC: 2027-01-31.")
@click.option("--reason", required=True, help="Why the risk is acceptable; it stands in the report.")
@database_option
def accept(finding_id: str, until: datetime, reason: str, database: str) -> None:
    """Accept the risk of the finding ID until a date. It is open again when the date has passed.

    It is open before that when it becomes graver, or goes and comes back. Accept it again to move the date.

    \b
    posture accept F-5c1e09aa11223344 --until 2027-01-31 --reason "test system, rebuilt in January"
    """
    end = datetime.combine(until.date(), time.max, tzinfo=UTC)
    if end <= now():
        raise Usage(f"{until:%Y-%m-%d} has passed", "name a day in the future with --until")
    if not reason.strip():
        raise Usage("an acceptance needs a reason", 'say why: --reason "..."')
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        grant = Acceptance(
            finding.id, finding.customer, reason.strip(), _who(), now(), end, finding.severity, finding.times_reopened
        )
        try:
            accepted = store.accept(grant)
        except NothingToAccept as error:
            raise Usage(str(error)) from error
    say(f"{accepted.id} is {accepted.status} until {end:%d %b %Y} UTC: {accepted.summary}")


def _document(store: Store, customer: str, found: Sequence[Finding]) -> dict[str, Any]:
    """One customer's findings in the form of its report."""
    view = store.customer_view(customer, default_policy(), store.newest_run(customer))
    if view is None:
        raise Broken(f"the newest audit of {customer} is not in the database any more")
    mine = tuple(finding for finding in found if finding.customer == customer)
    return document(report_of(replace(view, findings=mine)))


def known_finding(store: Store, finding_id: str) -> Finding:
    """The finding of that id.

    Raises:
        Usage: there is none.
    """
    found = store.finding(finding_id)
    if found is None:
        raise Usage(f"there is no finding {finding_id}", "see them with: posture findings")
    return found


def _refuse_unknown(store: Store, customer: str | None) -> None:
    known = [one.id for one in store.customers()]
    if customer is not None and customer not in known:
        raise Usage(f"no audit of a customer {customer} is in the database", f"there are: {', '.join(known[:20])}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"


def _row(finding: Finding) -> dict[str, Any]:
    row = asdict(finding) | {"check": finding.check.id, "severity": finding.severity.word}
    return {name: _text(row[name]) for name in _COLUMNS}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _line(finding: Finding) -> tuple[str, ...]:
    due = "" if finding.due is None else f"{finding.due:%Y-%m-%d}"
    where = " ".join(part for part in (finding.resource, finding.subject) if part)
    return finding.id, finding.severity.word, finding.status, due, finding.customer, where, finding.summary


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    writer.writerows({name: cell(str(value or "")) for name, value in row.items()} for row in rows)
    return out.getvalue()
