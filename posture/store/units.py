"""The table of work: who does what. A unit is claimed with a lease and closed by one transaction.

A queue, where there is one, only wakes workers. So a kill, a restart or a message delivered twice changes nothing: what
is not done is claimed again, and a commit whose fence is no longer the unit's is thrown away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, select, update

from posture.model.unit import ClaimedUnit, UnitResult
from posture.store import schema
from posture.store.claims import HELD, Claims, holding
from posture.store.contents import Pieces, in_pieces, store
from posture.store.database import EVERYONE, Database
from posture.store.encoding import CUSTOMER, PORTS, SOURCES, assessments_by_line
from posture.store.facts import unchanged
from posture.store.findings import Advance, advance_findings
from posture.store.runs import FINISH, new_unit, newer_than
from posture.store.sightings import forget_departed, keep

_unit = schema.scan_unit.c
_of_customer = schema.customer_run.c

# Built once: to build a statement takes several times as long as to send it.
_CLOSE = (
    update(schema.scan_unit)
    .where(*HELD)
    .values(state="done", worker="", lease_until=None, looked=bindparam("looked"), late=bindparam("late"))
)
_LEFT = select(exists().where(_unit.run == bindparam("run"), _unit.customer == bindparam("customer"), schema.NOT_DONE))
_NEWEST = (
    select(_unit.id)
    .join_from(schema.scan_unit, schema.run, schema.run.c.id == _unit.run)
    .where(_unit.customer == bindparam("customer"), _unit.resource == bindparam("resource"), _unit.looked)
    .order_by(schema.run.c.seq.desc())
    .limit(1)
    .offset(bindparam("back"))
)
_LAST_FACTS = select(schema.fact_set.c.facts, schema.fact_set.c.sha256).where(
    schema.fact_set.c.unit == _NEWEST.scalar_subquery()
)
_NEW_FACTS = insert(schema.fact_set)
_NEW_OUTCOME = insert(schema.outcome)


class Units(Claims):
    """Closing units; fits posture.engine.ports.Units."""

    __slots__ = ()

    def done_units(self, run: str) -> int:
        """How many of the run's resources are done; finish units are not counted."""
        closed = select(func.count()).where(_unit.run == run, _unit.resource != FINISH, _unit.state == "done")
        with self.database.reading(EVERYONE) as connection:
            return connection.execute(closed).scalar_one()

    def last_facts(self, customer: str, resource: str, back: int = 0) -> bytes | None:
        """The facts that the newest run brought home that saw anything of the resource; None when none ever did.

        With `back`, those of so many runs before it that did.

        None, too, for facts that were changed after storing: what nobody can vouch for must not narrow the next look.
        """
        with self.database.reading(customer) as connection:
            row = connection.execute(_LAST_FACTS, {"customer": customer, "resource": resource, "back": back}).first()
            return None if row is None else unchanged(connection, customer, row.facts, row.sha256)

    def commit(self, unit: ClaimedUnit, result: UnitResult, advance: Advance, now: datetime) -> bool:
        """Close a resource's unit in one transaction: facts, outcomes, findings, unit done.

        `advance` gets the resource's known findings. What a newer run has judged of the same resource already stays as
        that one saw it. The commit that closes a customer's last unit adds the finish unit, and drops the keys of
        resources that are no longer in the inventory.

        Returns:
            False, with nothing written, when somebody else holds the unit by now or it is done.

        Raises:
            ValueError: the unit is a finish unit, or `advance` returns a finding that is not this resource's.
            StoreError: the database could not do it; nothing was written.
        """
        if unit.resource == FINISH:
            raise ValueError("a finish unit is closed by finish")
        packed = _packed(result)  # outside the transaction: it holds up all other writers
        with self.database.writing(unit.customer) as connection:
            if not _close(connection, unit, looked=result.looked, late=result.late):
                return False
            self.database.queue_up(connection, "customer", unit.customer)
            _keep_result(self.database, connection, unit, packed)
            advance_findings(self.database, connection, unit, advance, now)
            if result.keys is not None:
                keep(self.database, connection, unit, result.keys, now)
            if not _open_units(connection, unit):
                _add_finish(connection, unit)
            return True

    def finish(
        self,
        unit: ClaimedUnit,
        advance: Advance,
        now: datetime,
        result: UnitResult | None = None,
        present: Collection[str] = (),
    ) -> bool:
        """Close a customer's finish unit; `advance` gets the customer's findings. The last one ends the run.

        `result` is what all the customer's hosts together came to; None where that was not judged. Of the resources
        `present` it gets only what is new in this run.

        Returns and raises as `commit` does.
        """
        if unit.resource != FINISH:
            raise ValueError("a resource's unit is closed by commit")
        packed = None if result is None else _packed(result)
        with self.database.writing(EVERYONE) as connection:
            if not _close(connection, unit):
                return False
            self.database.queue_up(connection, "customer", unit.customer)
            if packed is not None:
                _keep_result(self.database, connection, unit, packed)
            if not _newer_finish(connection, unit):
                advance_findings(self.database, connection, unit, advance, now, present)
            _end(connection, unit, now)
            return True


def _close(connection: Connection, unit: ClaimedUnit, *, looked: bool = False, late: bool = False) -> bool:
    return connection.execute(_CLOSE, {**holding(unit), "looked": looked, "late": late}).rowcount == 1


@dataclass(frozen=True, slots=True)
class _Packed:
    """A unit's result as it is written."""

    facts: Pieces
    sha256: str
    assessments: Pieces
    sources: str
    ports: str


def _packed(result: UnitResult) -> _Packed:
    return _Packed(
        facts=in_pieces(result.facts),
        sha256=hashlib.sha256(result.facts).hexdigest(),
        assessments=in_pieces(assessments_by_line(result.assessments)),
        sources=SOURCES.text(result.sources),
        ports="" if result.ports is None else PORTS.text(result.ports),
    )


def _keep_result(database: Database, connection: Connection, unit: ClaimedUnit, packed: _Packed) -> None:
    key = {"unit": unit.id, "customer": unit.customer}
    facts, assessments = store(database, connection, unit.customer, (packed.facts, packed.assessments))
    connection.execute(_NEW_FACTS, {**key, "facts": facts, "sha256": packed.sha256})
    outcome = {"assessments": assessments, "sources": packed.sources, "ports": packed.ports}
    connection.execute(_NEW_OUTCOME, {**key, **outcome})


def _newer_finish(connection: Connection, unit: ClaimedUnit) -> bool:
    """Whether a newer run has finished the customer; a look at some checks or resources finishes nothing."""
    newer = (
        exists()
        .where(_of_customer.run == schema.run.c.id, schema.run.c.whole, schema.run.c.id.in_(newer_than(unit.run)))
        .where(_of_customer.customer == unit.customer, _of_customer.ended.is_not(None))
    )
    return bool(connection.execute(select(newer)).scalar())


def _open_units(connection: Connection, unit: ClaimedUnit) -> bool:
    """Whether the customer has more to do in this run. Commits of one customer stand in a queue, so none is missed."""
    return bool(connection.execute(_LEFT, {"run": unit.run, "customer": unit.customer}).scalar())


def _add_finish(connection: Connection, unit: ClaimedUnit) -> None:
    row = connection.execute(
        select(_of_customer.priority, _of_customer.snapshot).where(
            _of_customer.run == unit.run, _of_customer.customer == unit.customer
        )
    ).one()
    present = {resource.id for resource in CUSTOMER.value(row.snapshot).resources}
    forget_departed(connection, unit.customer, unit.run, present)
    connection.execute(insert(schema.scan_unit).values(new_unit(unit.run, unit.customer, FINISH, row.priority)))


def _any_late(unit: ClaimedUnit) -> ColumnElement[bool]:
    return exists().where(_unit.run == unit.run, _unit.customer == unit.customer, _unit.late)


def _end(connection: Connection, unit: ClaimedUnit, now: datetime) -> None:
    """Note the customer's end, and the run's when this was its last customer."""
    # Two last customers at once would each see the other open: the run's row is the queue.
    connection.execute(select(schema.run.c.id).where(schema.run.c.id == unit.run).with_for_update(key_share=True))
    connection.execute(
        update(schema.customer_run)
        .where(_of_customer.run == unit.run, _of_customer.customer == unit.customer)
        .values(ended=now, complete=~_any_late(unit))
    )
    still = exists().where(_of_customer.run == unit.run, _of_customer.ended.is_(None))
    if not connection.execute(select(still)).scalar():
        connection.execute(update(schema.run).where(schema.run.c.id == unit.run).values(ended=now))
