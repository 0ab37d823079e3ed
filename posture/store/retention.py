"""Deleting what is old and needed by nobody: in small transactions, so that no writer waits, and begun again at will.

Kept whatever its age: what a legal hold covers; each customer's latest complete run; the newest look at each resource;
what findings that are not resolved stand on; append-only tables (log of actions, disputes, enforcement, proofs), and
findings that these refer to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, delete, exists, func, or_, select, tuple_

from posture.model.finding import FindingStatus
from posture.model.resource import ALL_HOSTS
from posture.store import schema
from posture.store.contents import named
from posture.store.database import EVERYONE, OnDatabase
from posture.store.errors import explaining
from posture.store.holds import in_force
from posture.store.portions import portions
from posture.store.runs import FINISH

AT_ONCE = 500  # rows of one transaction

_unit = schema.scan_unit.c
_run = schema.run.c
_of_customer = schema.customer_run.c
_finding = schema.finding.c
_content = schema.content.c
_RESOLVED = FindingStatus.RESOLVED.value
_BY_UNIT = (schema.fact_set, schema.outcome, schema.scan_unit)


@dataclass(frozen=True, slots=True)
class Cut:
    """What is old: facts of runs begun before `facts`; outcomes, resolved findings, deliveries, runs before `history`.

    Both are aware.
    """

    facts: datetime
    history: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was, or would be, deleted of a table; `rows` that is."""

    table: str
    rows: int


class Retention(OnDatabase):
    """Pruning."""

    __slots__ = ()

    def prune(self, cut: Cut, *, only_count: bool) -> Iterator[Pruned]:
        """Delete what is older than the cut, table by table.

        Args:
            cut: what is old.
            only_count: delete nothing. What becomes free only when other rows are gone is not counted then.
        """
        for table in ORDER:
            yield Pruned(table.name, self._counted(table, cut) if only_count else self._deleted(table, cut))
        yield Pruned(schema.content.name, 0 if only_count else self._unused_contents())

    def shrink(self) -> None:
        """Give the freed space of a SQLite file back to the disk; PostgreSQL's autovacuum uses it again by itself.

        Raises:
            StoreError: somebody else writes, or there is no room for the copy that this makes on the way.
        """
        if not self.database.is_postgresql:
            with self.database.turn, explaining(self.database.place), self.database.engine.connect() as connection:
                connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]

    def _unused_contents(self) -> int:
        """Delete the contents that nothing kept needs any more, customer by customer; how many."""
        with self.database.reading(EVERYONE) as connection:
            customers = connection.execute(select(_content.customer).distinct()).scalars().all()
        return sum(self._unused_of(customer) for customer in sorted(customers))

    def _unused_of(self, customer: str) -> int:
        with self.database.writing(customer) as connection:
            self.database.queue_up(connection, "customer", customer)  # as whoever stores contents does
            facts = select(schema.fact_set.c.facts).where(schema.fact_set.c.customer == customer)
            outcomes = select(schema.outcome.c.assessments).where(schema.outcome.c.customer == customer)
            needed: set[str] = set()
            for stored in connection.execute(facts.union_all(outcomes).execution_options(yield_per=AT_ONCE)).scalars():
                needed |= named(stored)
            mine = connection.execute(select(_content.sha256).where(_content.customer == customer)).scalars()
            unused = sorted(set(mine) - needed)
            for some in portions(unused, AT_ONCE):
                gone = delete(schema.content).where(_content.customer == customer, _content.sha256.in_(some))
                connection.execute(gone)
            return len(unused)

    def _counted(self, table: Table, cut: Cut) -> int:
        with self.database.reading(EVERYONE) as connection:
            old = _keys(table).where(*_old(table, cut, _held(connection)))
            return int(connection.execute(select(func.count()).select_from(old.subquery())).scalar_one())

    def _deleted(self, table: Table, cut: Cut) -> int:
        if table in _BY_UNIT:
            return self._deleted_by_unit(table, cut)
        keys, total = list(table.primary_key.columns), 0
        while True:
            with self.database.writing(EVERYONE) as connection:
                old = _keys(table).where(*_old(table, cut, _held(connection))).limit(AT_ONCE)
                rows = connection.execute(old).all()
                if rows:
                    some = [tuple(row) for row in rows]
                    connection.execute(delete(table).where(tuple_(*keys).in_(some)))
            total += len(rows)
            if len(rows) < AT_ONCE:
                return total

    def _deleted_by_unit(self, table: Table, cut: Cut) -> int:
        """As `_deleted`, for what there is most of: so many units after the other, none looked at twice."""
        (key,) = table.primary_key.columns
        before = cut.facts if table is schema.fact_set else cut.history
        with self.database.reading(EVERYONE) as connection:
            last = connection.execute(select(func.max(_unit.id)).where(_unit.run.in_(_runs_before(before)))).scalar()
        total = begun = 0
        while last is not None:
            with self.database.writing(EVERYONE) as connection:
                first = connection.execute(select(func.min(key)).where(key >= begun, key <= last)).scalar()
                if first is None:
                    break
                begun = first + AT_ONCE
                some = (first, begun)
                old = _keys(table).where(key >= first, key < begun, *_old(table, cut, _held(connection), some))
                rows = connection.execute(old).scalars().all()
                if rows:
                    connection.execute(delete(table).where(key.in_(rows)))
                total += len(rows)
        return total


@dataclass(frozen=True, slots=True)
class _Held:
    customers: tuple[str, ...]
    findings: tuple[str, ...]


def _held(connection: Connection) -> _Held:
    holds = in_force(connection)
    customers = sorted({hold.customer for hold in holds if not hold.finding})
    return _Held(tuple(customers), tuple(sorted(hold.finding for hold in holds if hold.finding)))


def _keys(table: Table) -> Select[Any]:
    return select(*table.primary_key.columns)


def _old(table: Table, cut: Cut, held: _Held, some: tuple[int, int] | None = None) -> Iterator[ColumnElement[bool]]:
    """That a row may go; of tables whose rows are units', asked of `some`: from the first id to before the second."""
    if "customer" in table.c:
        yield table.c.customer.not_in(held.customers)
    if table in {schema.fact_set, schema.outcome}:
        before = cut.facts if table is schema.fact_set else cut.history
        yield table.c.unit.in_(_unneeded_units(before, held, some))
    elif table is schema.finding:
        yield _finding.id.in_(_unneeded_findings(cut.history, held))
    elif table in {schema.finding_event, schema.acceptance}:
        yield table.c.finding.in_(_unneeded_findings(cut.history, held))
    elif table is schema.delivery:
        yield table.c.state.in_(("sent", "failed"))
        yield table.c.run.in_(_runs_before(cut.history))
        yield _superseded(table.c.customer, table.c.run)  # or what was sent of the newest run would be sent again
    elif table is schema.scan_unit:
        yield and_(_unit.state == "done", _unit.run.in_(_runs_before(cut.history)))
        yield ~exists().where(schema.fact_set.c.unit == _unit.id)
        yield ~exists().where(schema.outcome.c.unit == _unit.id)
        yield _unit.id.in_(_unneeded_units(cut.history, held, some))
    else:
        yield from _empty(table, cut)


def _empty(table: Table, cut: Cut) -> Iterator[ColumnElement[bool]]:
    """That a night or a run, or a customer's part of one, is old, and nothing refers to it any more."""
    if table is schema.customer_run:
        yield and_(_of_customer.ended.is_not(None), _of_customer.run.in_(_runs_before(cut.history)))
        yield _superseded(_of_customer.customer, _of_customer.run)
        for other, run in (
            (schema.scan_unit, _unit.run),
            (schema.finding, _finding.last_run),
            (schema.finding_event, schema.finding_event.c.run),
            (schema.delivery, schema.delivery.c.run),
            (schema.key_look, schema.key_look.c.run),
        ):
            yield ~exists().where(other.c.customer == _of_customer.customer, run == _of_customer.run)
    elif table is schema.night_late:
        yield table.c.night.in_(select(schema.night.c.id).where(_past_night(cut)))
    elif table is schema.night:
        yield _past_night(cut)
        yield ~exists().where(schema.night_late.c.night == schema.night.c.id)  # of a customer who is held
    elif table is schema.run:
        yield and_(_run.ended.is_not(None), _run.started < cut.history)
        yield ~exists().where(_of_customer.run == _run.id)
        yield ~exists().where(schema.night.c.run == _run.id)


def _past_night(cut: Cut) -> ColumnElement[bool]:
    night = schema.night.c
    return and_(night.ended.is_not(None), night.closes < cut.history, ~exists().where(_of_customer.run == night.run))


def _runs_before(moment: datetime) -> Select[tuple[str]]:
    return select(_run.id).where(_run.started < moment)


def _superseded(customer: ColumnElement[str], run: ColumnElement[str]) -> ColumnElement[bool]:
    """That the customer has a complete run of everything that is newer than this one."""
    newer, of = schema.run.alias("newer"), schema.customer_run.alias("of_newer")
    own = schema.run.alias("own")
    mine = select(own.c.seq).where(own.c.id == run)
    than_this = mine.correlate(schema.scan_unit, schema.customer_run, schema.delivery).scalar_subquery()
    return exists().where(
        of.c.customer == customer,
        of.c.ended.is_not(None),
        newer.c.id == of.c.run,
        newer.c.whole,
        newer.c.seq > than_this,
    )


def _unneeded_units(before: datetime, held: _Held, some: tuple[int, int] | None) -> Select[tuple[int]]:
    """Units of old runs that are no newest look at their resource, and that nothing open stands on."""
    later, its = schema.scan_unit.alias("later"), schema.run.alias("its")
    seen_since = exists().where(
        later.c.customer == _unit.customer, later.c.resource == _unit.resource, later.c.looked,
        its.c.id == later.c.run, its.c.seq > _run.seq,
    )  # fmt: skip
    between, of_it = schema.scan_unit.alias("between"), schema.run.alias("of_it")
    seen_later = exists().where(  # `last_run` goes on with runs that could not look for it
        between.c.customer == _unit.customer, between.c.resource == _unit.resource, between.c.looked,
        of_it.c.id == between.c.run, of_it.c.seq > _run.seq, of_it.c.started <= _finding.last_seen,
    ).correlate(schema.scan_unit, schema.run, schema.finding)  # fmt: skip
    stood_on = exists().where(
        _finding.customer == _unit.customer,
        or_(
            _finding.last_run == _unit.run,
            and_(_unit.looked, _run.started <= _finding.last_seen, ~seen_later),
        ),
        _finding.resource == case((_unit.resource == FINISH, ALL_HOSTS.id), else_=_unit.resource),
        or_(_finding.status != _RESOLVED, _finding.id.in_(held.findings)),
    )
    among = () if some is None else (_unit.id >= some[0], _unit.id < some[1])
    return (
        select(_unit.id)
        .join_from(schema.scan_unit, schema.run, _run.id == _unit.run)
        .where(*among)
        .where(_run.started < before, _superseded(_unit.customer, _unit.run), ~stood_on)
        .where(or_(~_unit.looked, seen_since))
    )


def _unneeded_findings(before: datetime, held: _Held) -> Select[tuple[str]]:
    """Findings that were resolved long ago, and that no dispute or step of enforcement refers to."""
    referring = (schema.dispute, schema.enforcement_proposal, schema.enforcement_record)
    mine = [
        exists().where(table.c.customer == _finding.customer, table.c.finding == _finding.id) for table in referring
    ]
    return (
        select(_finding.id)
        .where(_finding.status == _RESOLVED, _finding.last_seen < before, _finding.id.not_in(held.findings))
        .where(_finding.last_run.in_(_runs_before(before)), *(~one for one in mine))
    )


ORDER = (
    schema.fact_set,
    schema.outcome,
    schema.finding_event,
    schema.acceptance,
    schema.finding,
    schema.delivery,
    schema.scan_unit,
    schema.customer_run,
    schema.night_late,
    schema.night,
    schema.run,
)
"""What is pruned, in an order in which nothing refers to what is gone."""
