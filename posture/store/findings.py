"""Findings, their history, and the risks somebody accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from posture.model.assessment import Assessment
from posture.model.finding import Acceptance, Finding, FindingStatus
from posture.model.severity import Severity
from posture.model.text import visible
from posture.model.unit import ClaimedUnit
from posture.store import schema
from posture.store.contents import AT_ONCE, read
from posture.store.database import EVERYONE, Database, OnDatabase
from posture.store.encoding import ASSESSMENTS, FINDING
from posture.store.errors import NothingToAccept, UnknownFinding
from posture.store.portions import portions
from posture.store.runs import NEWER, NUMBER

Advance = Callable[[Sequence[Finding], Sequence[Acceptance]], Sequence[Finding]]
"""Known findings and the acceptances of them -> the findings that changed; pure."""

_finding = schema.finding.c
_accepted = schema.acceptance.c
_event = schema.finding_event.c
_unit = schema.scan_unit.c

# What every unit asks is built once: to build a statement takes several times as long as to send it.
_JUDGED_SINCE = (
    select(schema.outcome.c.assessments)
    .join_from(schema.scan_unit, schema.outcome, schema.outcome.c.unit == _unit.id)
    .where(_unit.customer == bindparam("customer"), _unit.resource == bindparam("resource"))
    .where(_unit.run.in_(NEWER))
)
_GIVEN = exists().where(_accepted.customer == _finding.customer, _accepted.finding == _finding.id)
# Not ordered by the database: SQLite would then read all the customer's findings for those of one resource.
_KNOWN = (
    select(_finding.id, schema.run.c.seq, _finding.body, _GIVEN.label("accepted"))
    .add_columns(NUMBER.scalar_subquery().label("number"))
    .join_from(schema.finding, schema.run, schema.run.c.id == _finding.last_run)
    .where(_finding.customer == bindparam("customer"))
)
_KNOWN_ELSEWHERE = _KNOWN.where(
    _finding.resource.not_in(bindparam("present", expanding=True))
    | ((_finding.status == FindingStatus.NEW.value) & (_finding.last_run == bindparam("run")))
)
_KNOWN_OF_ONE = _KNOWN.where(_finding.resource == bindparam("resource"))
_ACCEPTED = select(schema.acceptance).where(_accepted.customer == bindparam("customer")).order_by(_accepted.id)
_ACCEPTED_OF_SOME = _ACCEPTED.where(_accepted.finding.in_(bindparam("findings", expanding=True)))
_NEW_EVENT = insert(schema.finding_event)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A finding took this status. `run` is None when somebody accepted the risk."""

    at: datetime
    status: FindingStatus
    run: str | None


class Findings(OnDatabase):
    """Asking for findings, accepting them."""

    __slots__ = ()

    def findings(
        self, customer: str | None = None, statuses: Collection[FindingStatus] = (), least: Severity | None = None
    ) -> tuple[Finding, ...]:
        """Findings as they stand, the worst first.

        Args:
            customer: only this one's.
            statuses: only these; empty means all.
            least: only of this severity or worse.
        """
        wanted = select(_finding.body)
        if customer is not None:
            wanted = wanted.where(_finding.customer == customer)
        if statuses:
            wanted = wanted.where(_finding.status.in_(sorted(statuses)))
        if least is not None:
            wanted = wanted.where(_finding.severity >= int(least))
        with self.database.reading(customer or EVERYONE) as connection:
            return worst_first(_bodies(connection, wanted))

    def finding(self, finding_id: str) -> Finding | None:
        """The finding of that id, whoever's it is; None when there is none."""
        with self.database.reading(EVERYONE) as connection:
            found = _bodies(connection, select(_finding.body).where(_finding.id == finding_id))
        return found[0] if len(found) == 1 else None

    def history(self, finding_id: str) -> tuple[StatusChange, ...]:
        """Every status the finding took, in order."""
        wanted = select(_event.at, _event.status, _event.run).where(_event.finding == finding_id).order_by(_event.id)
        with self.database.reading(EVERYONE) as connection:
            return tuple(StatusChange(row.at, FindingStatus(row.status), row.run) for row in connection.execute(wanted))

    def accept(self, acceptance: Acceptance) -> Finding:
        """Note that somebody accepts a finding's risk; it is *accepted* until the acceptance that was given last ends.

        When it ends is seen by the next run.

        Returns:
            The finding as it now stands.

        Raises:
            UnknownFinding: the customer has no such finding.
            NothingToAccept: it is resolved, or has become graver or come back since it was looked at.
        """
        with self.database.writing(acceptance.customer) as connection:
            self.database.queue_up(connection, "customer", acceptance.customer)
            here = (_finding.customer == acceptance.customer, _finding.id == acceptance.finding)
            found = _bodies(connection, select(_finding.body).where(*here))
            if not found:
                raise UnknownFinding(
                    f"customer {acceptance.customer} has no finding {acceptance.finding}; see: posture findings"
                )
            _refuse_another_risk(found[0], acceptance)
            connection.execute(insert(schema.acceptance).values(_acceptance_columns(acceptance)))
            if not found[0].status.active:
                return found[0]
            now = replace(found[0], status=FindingStatus.ACCEPTED)
            connection.execute(
                update(schema.finding).where(*here).values(status=now.status.value, body=FINDING.packed(now))
            )
            _note(connection, [now], acceptance.accepted_at, None)
            return now

    def acceptances(self, customer: str) -> tuple[Acceptance, ...]:
        """All acceptances of the customer's findings, expired ones too, in the order they were given."""
        with self.database.reading(customer) as connection:
            return accepted(connection, customer)


def _refuse_another_risk(finding: Finding, acceptance: Acceptance) -> None:
    if finding.status is FindingStatus.RESOLVED:
        raise NothingToAccept(
            f"finding {finding.id} is resolved: there is no risk to accept. Accept it if it comes back"
        )
    if not acceptance.covers(finding, acceptance.accepted_at):
        raise NothingToAccept(f"finding {finding.id} has changed meanwhile ({finding.severity.word}). Look at it again")


def advance_findings(  # noqa: PLR0913, PLR0917
    database: Database,
    connection: Connection,
    unit: ClaimedUnit,
    advance: Advance,
    now: datetime,
    present: Collection[str] = (),
) -> None:
    """Let `advance` move the unit's findings on, and write what changed.

    A finish unit (no resource) moves all the customer's findings; of the resources `present` those new in this run. A
    finding that a newer run has written stays, and so does the absence of one where a newer run has looked. The rest
    is written: a newer run that judged one check must not swallow what an older one saw with the others.

    Raises:
        ValueError: `advance` returned a finding that is not the unit's.
    """
    rows = _known(connection, unit, present)
    previous = tuple(FINDING.unpacked(row.body) for row in rows)
    given = _accepted_of(connection, unit.customer, [row.id for row in rows if row.accepted])
    changed = advance(previous, given)
    for finding in changed:
        if finding.customer != unit.customer or (unit.resource and finding.resource != unit.resource):
            raise ValueError(f"finding {finding.id} of {finding.customer}/{finding.resource} is not the unit's")
    if not changed:
        return
    newly_written = {row.id for row in rows if row.seq > row.number}
    newer = _judged_since(connection, unit)
    ours = [f for f in changed if f.id not in newly_written and not any(_decided(f, a) for a in newer)]
    if not ours:
        return
    _upsert(database, connection, sorted(ours, key=lambda f: f.id), unit.run)
    before = {finding.id: finding.status for finding in previous}
    _note(connection, [f for f in ours if before.get(f.id) is not f.status], now, unit.run)


def _judged_since(connection: Connection, unit: ClaimedUnit) -> tuple[Assessment, ...]:
    """What newer runs have said of the unit's resource while it was under way."""
    of = {"customer": unit.customer, "resource": unit.resource, "run": unit.run}
    blobs = connection.execute(_JUDGED_SINCE, of).scalars().all()
    return tuple(a for blob in read(connection, unit.customer, blobs) for a in ASSESSMENTS.value(blob))


def _decided(finding: Finding, assessment: Assessment) -> bool:
    return assessment.check.id == finding.check.id and assessment.decides(finding.subject)


def accepted(connection: Connection, customer: str) -> tuple[Acceptance, ...]:
    """The acceptances of a customer's findings, in the order they were given."""
    return tuple(map(_acceptance, connection.execute(_ACCEPTED, {"customer": customer})))


def _accepted_of(connection: Connection, customer: str, findings: Iterable[str]) -> tuple[Acceptance, ...]:
    """Those of some findings, in that order as well."""
    rows: list[Row[Any]] = []
    for some in portions(findings, AT_ONCE):
        rows += connection.execute(_ACCEPTED_OF_SOME, {"customer": customer, "findings": some})
    return tuple(map(_acceptance, sorted(rows, key=lambda row: row.id)))


def _acceptance(row: Row[Any]) -> Acceptance:
    return Acceptance(
        row.finding,
        row.customer,
        row.reason,
        row.accepted_by,
        row.accepted_at,
        row.until,
        Severity(row.severity),
        row.times_reopened,
    )


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by where they are; the same order on every database."""
    return tuple(sorted(findings, key=lambda f: (-f.severity, f.customer, f.resource, f.check.id, f.subject, f.id)))


def _bodies(connection: Connection, wanted: Select[Any]) -> list[Finding]:
    return [FINDING.unpacked(body) for body in connection.execute(wanted).scalars()]


def _known(connection: Connection, unit: ClaimedUnit, present: Collection[str]) -> Sequence[Row[Any]]:
    """The findings known, ordered by id.

    Each with the number of the last run that wrote it, that of the unit's run, and whether anybody ever accepted it.
    """
    of = {"customer": unit.customer, "run": unit.run}
    if unit.resource:
        rows = connection.execute(_KNOWN_OF_ONE, {**of, "resource": unit.resource})
    elif len(present) <= AT_ONCE:
        rows = connection.execute(_KNOWN_ELSEWHERE, {**of, "present": sorted(present)})
    else:  # to read them all is less than to name so many
        rows = connection.execute(_KNOWN, of)
    return sorted(rows, key=lambda row: row.id)


def _upsert(database: Database, connection: Connection, findings: Sequence[Finding], run: str) -> None:
    """Write findings in the order of their keys."""
    connection.execute(_moving(database.is_postgresql), [_finding_columns(finding, run) for finding in findings])


@cache
def _moving(is_postgresql: bool) -> sqlite.Insert | postgresql.Insert:
    new = postgresql.insert(schema.finding) if is_postgresql else sqlite.insert(schema.finding)
    moving = ("severity", "status", "first_seen", "last_seen", "due", "last_run", "body")
    return new.on_conflict_do_update(
        index_elements=["customer", "id"], set_={name: new.excluded[name] for name in moving}
    )


def _note(connection: Connection, findings: Sequence[Finding], at: datetime, run: str | None) -> None:
    rows = [{"customer": f.customer, "finding": f.id, "run": run, "at": at, "status": f.status.value} for f in findings]
    if rows:
        connection.execute(_NEW_EVENT, rows)


def _finding_columns(finding: Finding, run: str) -> dict[str, object]:
    return {
        "customer": finding.customer,
        "id": finding.id,
        "resource": finding.resource,
        "check_id": finding.check.id,
        "severity": int(finding.severity),
        "status": finding.status.value,
        "first_seen": finding.first_seen,
        "last_seen": finding.last_seen,
        "due": finding.due,
        "last_run": run,
        "body": FINDING.packed(finding),
    }


def _acceptance_columns(acceptance: Acceptance) -> dict[str, object]:
    return {
        "customer": acceptance.customer,
        "finding": acceptance.finding,
        "reason": visible(acceptance.reason, 1000),
        "accepted_by": visible(acceptance.accepted_by, 200),
        "accepted_at": acceptance.accepted_at,
        "until": acceptance.until,
        "severity": int(acceptance.severity),
        "times_reopened": acceptance.times_reopened,
    }
