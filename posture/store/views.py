"""What reports and replays read: one customer's view, a run's stored results, and a digest to compare runs by."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from posture.model.assessment import Assessment
from posture.model.coverage import PortsSeen
from posture.model.finding import Acceptance, Finding, FindingStatus
from posture.model.policy import Policy
from posture.model.resource import ALL_HOSTS
from posture.model.run import Source, each_once
from posture.model.view import CustomerView
from posture.store import schema
from posture.store.contents import read
from posture.store.database import EVERYONE, OnDatabase
from posture.store.disputes import disputed, last_of_each
from posture.store.encoding import ASSESSMENTS, CUSTOMER, FINDING, PORTS, SOURCES
from posture.store.errors import NotADatabase
from posture.store.facts import unchanged
from posture.store.findings import accepted, worst_first
from posture.store.runs import latest_before, run_of

_unit = schema.scan_unit.c
_finding = schema.finding.c
_of_customer = schema.customer_run.c

PAGE = 100  # units read at once: a replay of a whole fleet needs no more memory than that

# Of a finding, an outcome and its evidence: what differs between two runs that saw the same.
OF_THE_RUN = frozenset({"at", "due", "first_seen", "last_run", "last_seen", "resolved_at"})


class StoredResult(NamedTuple):
    """What one unit brought home: `facts` as posture.facts.codec encodes them."""

    customer: str
    resource: str
    facts: bytes
    assessments: tuple[Assessment, ...]


class Views(OnDatabase):
    """Reading whole results."""

    __slots__ = ()

    def customer_view(self, customer: str, policy: Policy, run: str | None = None) -> CustomerView | None:
        """All that a report of one customer may say; None when there is no such run of this customer.

        Args:
            customer: its id.
            policy: what the report is held against.
            run: None for the latest complete one. A named one may be under way: then its `ended` is None. Findings are
                as they stand now, whichever run is named.
        """
        with self.database.reading(customer) as connection:
            if run is None:
                latest = latest_before(connection, customer, None)
                if latest is None:
                    return None
                run = latest.id
            row = _customer_run(connection, customer, run)
            if row is None:
                return None
            findings = _shown(connection, customer, run)
            return CustomerView(
                customer=CUSTOMER.value(row.snapshot),
                policy=policy,
                run=replace(run_of(row, row.finished), sources=_sources(connection, customer, run)),
                previous=latest_before(connection, customer, run),
                assessments=_assessments(connection, customer, run),
                findings=findings,
                vantage=row.vantage,
                acceptances=_valid(findings, accepted(connection, customer)),
                ports=_ports(connection, customer, run),
                disputes=last_of_each(disputed(connection, customer), findings),
            )

    def facts(self, run: str, customer: str | None = None) -> Iterator[StoredResult]:
        """Every closed resource of a run, to be judged again, and what all hosts of a customer came to; page by page.

        Raises:
            NotADatabase: stored facts have changed since.
        """
        last = 0
        while page := self._page(run, customer, last):
            for number, result in page:
                last = number
                yield result

    def digest(self, run: str, customer: str | None = None) -> str:
        """SHA-256 over a run's outcomes and its customers' findings, without times and run ids.

        Two runs that saw the same have the same digest, whoever did them, in whatever order, after whatever crash.
        """
        with self.database.reading(customer or EVERYONE) as connection:
            customers = _customers(connection, run, customer)
            lines = [line for one in customers for line in _lines(connection, run, one)]
        whole = hashlib.sha256()
        for line in sorted(lines):
            whole.update(line)
        return whole.hexdigest()

    def _page(self, run: str, customer: str | None, last: int) -> list[tuple[int, StoredResult]]:
        wanted = (
            select(_unit.id, _unit.customer, _unit.resource, schema.fact_set.c.facts, schema.fact_set.c.sha256,
                   schema.outcome.c.assessments)
            .join_from(schema.scan_unit, schema.fact_set, schema.fact_set.c.unit == _unit.id)
            .join(schema.outcome, schema.outcome.c.unit == _unit.id)
            .where(_unit.run == run, _unit.id > last)
            .order_by(_unit.id)
            .limit(PAGE)
        )  # fmt: skip
        if customer is not None:
            wanted = wanted.where(_unit.customer == customer)
        with self.database.reading(customer or EVERYONE) as connection:
            return [(row.id, self._result(connection, row)) for row in connection.execute(wanted).all()]

    def _result(self, connection: Connection, row: Any) -> StoredResult:
        (assessments,) = read(connection, row.customer, [row.assessments])
        facts = self._unchanged(connection, row)
        return StoredResult(row.customer, row.resource or ALL_HOSTS.id, facts, ASSESSMENTS.value(assessments))

    def _unchanged(self, connection: Connection, row: Any) -> bytes:
        facts = unchanged(connection, row.customer, row.facts, row.sha256)
        if facts is None:
            raise NotADatabase(
                f"the facts of {row.customer}/{row.resource} in {self.database.place} were changed after storing"
            )
        return facts


def _customer_run(connection: Connection, customer: str, run: str) -> Row[Any] | None:
    return connection.execute(
        select(schema.run, _of_customer.snapshot, _of_customer.ended.label("finished"))
        .join_from(schema.customer_run, schema.run, _of_customer.run == schema.run.c.id)
        .where(_of_customer.customer == customer, _of_customer.run == run)
    ).first()


def _assessments(connection: Connection, customer: str, run: str) -> tuple[Assessment, ...]:
    blobs = connection.execute(
        select(schema.outcome.c.assessments)
        .join_from(schema.scan_unit, schema.outcome, schema.outcome.c.unit == _unit.id)
        .where(_unit.customer == customer, _unit.run == run)
    ).scalars()
    every = (a for blob in read(connection, customer, blobs.all()) for a in ASSESSMENTS.value(blob))
    return tuple(sorted(every, key=lambda a: (a.resource, a.check.id)))


def _sources(connection: Connection, customer: str, run: str) -> tuple[Source, ...]:
    """The data that this customer's outcomes stand on, and nothing that only somebody else's hosts needed."""
    stored = connection.execute(
        select(schema.outcome.c.sources)
        .distinct()
        .join_from(schema.scan_unit, schema.outcome, schema.outcome.c.unit == _unit.id)
        .where(_unit.customer == customer, _unit.run == run)
    ).scalars()
    return each_once(source for text in stored for source in SOURCES.value(text))


def _ports(connection: Connection, customer: str, run: str) -> tuple[PortsSeen, ...]:
    stored = connection.execute(
        select(schema.outcome.c.ports)
        .join_from(schema.scan_unit, schema.outcome, schema.outcome.c.unit == _unit.id)
        .where(_unit.customer == customer, _unit.run == run, schema.outcome.c.ports != "")
        .order_by(_unit.resource)
    ).scalars()
    return tuple(PORTS.value(text) for text in stored)


def _shown(connection: Connection, customer: str, run: str) -> tuple[Finding, ...]:
    """The findings that are not resolved, and those that this run resolved."""
    bodies = connection.execute(
        select(_finding.body).where(
            _finding.customer == customer,
            or_(_finding.status != FindingStatus.RESOLVED.value, _finding.last_run == run),
        )
    ).scalars()
    return worst_first(FINDING.unpacked(body) for body in bodies)


def _valid(findings: Iterable[Finding], acceptances: Iterable[Acceptance]) -> tuple[Acceptance, ...]:
    """The newest acceptance of each accepted finding."""
    latest = {acceptance.finding: acceptance for acceptance in acceptances}
    return tuple(latest[f.id] for f in findings if f.status is FindingStatus.ACCEPTED and f.id in latest)


def _customers(connection: Connection, run: str, customer: str | None) -> list[str]:
    wanted = select(_of_customer.customer).where(_of_customer.run == run)
    if customer is not None:
        wanted = wanted.where(_of_customer.customer == customer)
    return list(connection.execute(wanted).scalars())


def _lines(connection: Connection, run: str, customer: str) -> Iterator[bytes]:
    """One hash for each outcome blob and each finding of a customer."""
    outcomes = connection.execute(
        select(_unit.resource, schema.outcome.c.assessments)
        .join_from(schema.scan_unit, schema.outcome, schema.outcome.c.unit == _unit.id)
        .where(_unit.customer == customer, _unit.run == run)
    )
    rows = outcomes.all()
    blobs = read(connection, customer, [row.assessments for row in rows])
    for row, blob in zip(rows, blobs, strict=True):
        yield _hash(["outcomes", customer, row.resource, json.loads(blob)])
    findings = connection.execute(select(_finding.body).where(_finding.customer == customer)).scalars()
    for blob in findings:
        yield _hash(["finding", json.loads(zlib.decompress(blob))])


def _hash(value: Any) -> bytes:
    return hashlib.sha256(json.dumps(_timeless(value), sort_keys=True).encode()).digest()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(inner) for key, inner in value.items() if key not in OF_THE_RUN}
    return [_timeless(inner) for inner in value] if isinstance(value, list) else value
