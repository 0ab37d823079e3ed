"""What customers dispute, and what was decided: rows that nobody can change; a decision is one more row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from posture.model.dispute import Dispute, DisputeState
from posture.model.finding import Finding, FindingStatus
from posture.model.severity import Severity
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.encoding import FINDING
from posture.store.errors import NothingToDispute, UnknownFinding

_dispute = schema.dispute.c
_finding = schema.finding.c


class Disputes(OnDatabase):
    """Raising disputes, deciding and reading them."""

    __slots__ = ()

    def raise_dispute(self, dispute: Dispute) -> Dispute:
        """Note that somebody says a finding is wrong.

        Raises:
            UnknownFinding: the customer has no such finding.
            NothingToDispute: it is resolved, has changed since it was looked at, or a dispute of it is open.
        """
        with self.database.writing(dispute.customer) as connection:
            self.database.queue_up(connection, "customer", dispute.customer)
            finding = _known(connection, dispute.customer, dispute.finding)
            if finding.status is FindingStatus.RESOLVED:
                raise NothingToDispute(f"finding {finding.id} is resolved: there is nothing to dispute")
            if not dispute.about(finding) or finding.severity != dispute.severity:
                raise NothingToDispute(f"finding {finding.id} has changed meanwhile. Look at it again")
            last = _last(connection, finding)
            if last is not None and last.state is DisputeState.RAISED:
                raise NothingToDispute(f"finding {finding.id} is disputed already, since {last.raised_at:%d %b %Y}")
            row = {"state": DisputeState.RAISED.value, "at": dispute.raised_at, "said_by": dispute.raised_by}
            _add(connection, finding, row | {"reason": dispute.reason})
        return dispute

    def decide_dispute(self, finding_id: str, state: DisputeState, at: datetime, by: str, why: str) -> Dispute:
        """Decide the open dispute of a finding.

        Args:
            finding_id: of anybody's.
            state: ACCEPTED (the finding is wrong) or REJECTED.
            at: aware.
            by: whose decision it is.
            why: it stands in the report.

        Raises:
            UnknownFinding: there is no such finding.
            NothingToDispute: no dispute of it is open.
        """
        with self.database.writing(EVERYONE) as connection:
            body = connection.execute(select(_finding.body).where(_finding.id == finding_id)).scalar()
            if body is None:
                raise UnknownFinding(f"there is no finding {finding_id}; see: posture findings")
            finding = FINDING.unpacked(body)
            self.database.queue_up(connection, "customer", finding.customer)
            last = _last(connection, finding)
            if last is None or last.state is not DisputeState.RAISED:
                raise NothingToDispute(f"no dispute of finding {finding.id} waits for a decision")
            row = {"state": state.value, "at": at, "said_by": by, "reason": why}
            _add(connection, finding, row, last.episode)
        return replace(last, state=state, decided_at=at, decided_by=by, decision=why)

    def disputes(self, customer: str) -> tuple[Dispute, ...]:
        """All disputes of a customer's findings, of any episode, in the order in which they were raised."""
        with self.database.reading(customer) as connection:
            return disputed(connection, customer)


def disputed(connection: Connection, customer: str) -> tuple[Dispute, ...]:
    """See `Disputes.disputes`."""
    wanted = select(schema.dispute).where(_dispute.customer == customer).order_by(_dispute.id)
    return _folded(connection.execute(wanted))


def last_of_each(disputes: Iterable[Dispute], findings: Iterable[Finding]) -> tuple[Dispute, ...]:
    """Of each finding the dispute of its present episode that was raised last."""
    by_finding: defaultdict[str, list[Dispute]] = defaultdict(list)
    for dispute in disputes:
        by_finding[dispute.finding].append(dispute)
    mine = ([d for d in by_finding[finding.id] if d.about(finding)] for finding in findings)
    return tuple(every[-1] for every in mine if every)


def _folded(rows: Iterable[Row[Any]]) -> tuple[Dispute, ...]:
    """A row of a decision belongs to the dispute of that finding that was raised last before it."""
    found: list[Dispute] = []
    open_: dict[tuple[str, int], int] = {}
    for row in rows:
        state, about = DisputeState(row.state), (row.finding, row.episode)
        if state is DisputeState.RAISED:
            open_[about] = len(found)
            severity = Severity(row.severity)
            found.append(Dispute(row.finding, row.customer, row.episode, severity, row.reason, row.said_by, row.at))
        elif about in open_:
            number = open_.pop(about)
            told = {"decided_at": row.at, "decided_by": row.said_by, "decision": row.reason}
            found[number] = replace(found[number], state=state, **told)
    return tuple(found)


def _known(connection: Connection, customer: str, finding: str) -> Finding:
    body = connection.execute(
        select(_finding.body).where(_finding.customer == customer, _finding.id == finding)
    ).scalar()
    if body is None:
        raise UnknownFinding(f"customer {customer} has no finding {finding}; see: posture findings")
    return FINDING.unpacked(body)


def _last(connection: Connection, finding: Finding) -> Dispute | None:
    wanted = (
        select(schema.dispute)
        .where(_dispute.customer == finding.customer, _dispute.finding == finding.id)
        .order_by(_dispute.id)
    )
    every = _folded(connection.execute(wanted))
    return every[-1] if every else None


def _add(connection: Connection, finding: Finding, row: dict[str, Any], episode: int | None = None) -> None:
    said = {"said_by": visible(row["said_by"], 200), "reason": visible(row["reason"], 1000)}
    values = {
        "customer": finding.customer,
        "finding": finding.id,
        "episode": finding.times_reopened if episode is None else episode,
        "severity": int(finding.severity),
    }
    connection.execute(insert(schema.dispute).values(values | row | said))
