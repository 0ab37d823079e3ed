"""What the ladder of enforcement is worked out from: each finding with all that was said and done about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from posture.model.customer import Customer
from posture.model.enforcement import Proposed
from posture.model.finding import Finding, FindingStatus
from posture.model.proposal import Case
from posture.store import schema
from posture.store.database import OnDatabase
from posture.store.disputes import disputed
from posture.store.encoding import FINDING
from posture.store.findings import accepted
from posture.store.step_rows import key_of, record_of, rows_of

_finding = schema.finding.c
_event = schema.finding_event.c

BEGINNINGS = (FindingStatus.NEW.value, FindingStatus.REOPENED.value)


class Cases(OnDatabase):
    """Reading cases."""

    __slots__ = ()

    def cases(self, customer: Customer) -> tuple[Case, ...]:
        """The customer's findings that are not resolved, and those that are and of which a step may be in place."""
        with self.database.reading(customer.id) as connection:
            steps = rows_of(connection, schema.enforcement_record, customer.id)
            proposed = _proposals(connection, customer.id)
            known = sorted({*(row.finding for row in steps), *(one.key.finding for one in proposed)})
            findings = _findings(connection, customer.id, known)
            begun = _begun(connection, customer.id)
            acceptances = accepted(connection, customer.id)
            disputes = disputed(connection, customer.id)
        resources = {resource.id: resource for resource in customer.resources}
        by_proposal = _by((one.key.finding, one) for one in proposed)
        by_record = _by((row.finding, record_of(row)) for row in steps)
        by_acceptance = _by((one.finding, one) for one in acceptances)
        by_dispute = _by((one.finding, one) for one in disputes)
        cases = []
        for finding in findings:
            resource = resources.get(finding.resource)
            cases.append(
                Case(
                    finding,
                    begun.get(finding.id, finding.first_seen),
                    resource.kind if resource else None,
                    resource.address if resource else "",
                    by_acceptance.get(finding.id, ()),
                    by_dispute.get(finding.id, ()),
                    by_proposal.get(finding.id, ()),
                    by_record.get(finding.id, ()),
                )
            )
        return tuple(cases)


def _findings(connection: Connection, customer: str, known: Sequence[str]) -> list[Finding]:
    wanted = (
        select(_finding.body)
        .where(
            _finding.customer == customer,
            or_(_finding.status != FindingStatus.RESOLVED.value, _finding.id.in_(known)),
        )
        .order_by(_finding.id)
    )
    return [FINDING.unpacked(body) for body in connection.execute(wanted).scalars()]


def _begun(connection: Connection, customer: str) -> Mapping[str, datetime]:
    """When each finding's present episode was first seen."""
    wanted = select(_event.finding, func.max(_event.id).label("last")).where(
        _event.customer == customer, _event.status.in_(BEGINNINGS)
    )
    newest = wanted.group_by(_event.finding).subquery()
    rows = connection.execute(
        select(_event.finding, _event.at).join_from(schema.finding_event, newest, _event.id == newest.c.last)
    )
    return {row.finding: row.at for row in rows}


def _proposals(connection: Connection, customer: str) -> list[Proposed]:
    handed = {key_of(row) for row in rows_of(connection, schema.enforcement_handing, customer)}
    rows = rows_of(connection, schema.enforcement_proposal, customer)
    return [Proposed(key_of(row), row.at, key_of(row) in handed) for row in rows]


def _by(pairs: Iterable[tuple[str, Any]]) -> Mapping[str, tuple[Any, ...]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for finding, value in pairs:
        found[finding].append(value)
    return {finding: tuple(values) for finding, values in found.items()}
