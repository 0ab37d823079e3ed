"""Runs, and whose things each one looks at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, bindparam, func, insert, select, update

from posture.model.customer import Customer
from posture.model.run import Run
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.encoding import CUSTOMER

FINISH = ""
"""The resource of a customer's finish unit."""

LAST = -(2**31)
"""The priority of finish units: they judge what all hosts have in common, so all hosts of the run come first."""

_NUMBERED = schema.run.alias("numbered")

NUMBER = select(_NUMBERED.c.seq).where(_NUMBERED.c.id == bindparam("run"))
"""The place of the `run` among all runs, by the order in which they were started; as `number_of`, built once."""

NEWER = select(schema.run.c.id).where(schema.run.c.seq > NUMBER.scalar_subquery())
"""The ids of the runs that were started after the `run`; as `newer_than`, built once."""


class Runs(OnDatabase):
    """Starting runs, finding them again."""

    __slots__ = ()

    def start_run(  # noqa: PLR0913
        self,
        run: Run,
        digest: str,
        work: Sequence[tuple[Customer, Sequence[str]]],
        now: datetime,
        *,
        vantage: str = "",
        priority: int = 0,
    ) -> None:
        """Write a run with all its units in one transaction.

        Args:
            run: its id is new. It is newer than every run started before, whatever their clocks said.
            digest: of the plan, by which an interrupted run is found again.
            work: customers with the ids of their resources; a customer without any gets the finish unit at once.
            now: when a run without customers has ended.
            vantage: from where the network is looked at, in words.
            priority: units of a higher one are claimed first.

        Raises:
            ValueError: a resource has no id, or stands there twice.
            StoreError: the run exists already, or the database could not do it.
        """
        for customer, resources in work:
            if "" in resources or len(set(resources)) != len(resources):
                raise ValueError(f"customer {customer.id}: each resource needs an id of its own")
        with self.database.writing(EVERYONE) as connection:
            self.database.queue_up(connection, "runs")
            row = {**run_row(run, digest, vantage, None if work else now), "seq": next_number(connection)}
            connection.execute(insert(schema.run).values(row))
            _insert(connection, schema.customer_run, (customer_row(run.id, c, priority) for c, _ in work))
            _insert(
                connection,
                schema.scan_unit,
                (new_unit(run.id, c.id, resource, priority) for c, ids in work for resource in (ids or (FINISH,))),
            )

    def unfinished_run(self, digest: str) -> Run | None:
        """The latest run of that plan that has not ended."""
        wanted = (
            select(schema.run)
            .where(schema.run.c.digest == digest, schema.run.c.ended.is_(None))
            .order_by(schema.run.c.seq.desc())
            .limit(1)
        )
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(wanted).first()
        return None if row is None else run_of(row, row.ended)

    def run(self, run: str) -> Run | None:
        """A run by its id."""
        with self.database.reading(EVERYONE) as connection:
            row = connection.execute(select(schema.run).where(schema.run.c.id == run)).first()
        return None if row is None else run_of(row, row.ended)

    def part_of_run(self, run: str, customer: str) -> Customer | None:
        """A customer as they were when the run started; None: not part of it."""
        of = schema.customer_run.c
        with self.database.reading(customer) as connection:
            snapshot = connection.execute(select(of.snapshot).where(of.run == run, of.customer == customer)).scalar()
        return None if snapshot is None else CUSTOMER.value(snapshot)

    def latest_run(self, customer: str) -> Run | None:
        """The customer's latest complete run of everything; `ended` is when this customer was finished."""
        with self.database.reading(customer) as connection:
            return latest_before(connection, customer, None)

    def newest_run(self, customer: str) -> str | None:
        """The id of the run the customer was last in, of everything or of some checks, ended or not."""
        of = schema.customer_run.c
        wanted = (
            select(schema.run.c.id)
            .join_from(schema.customer_run, schema.run)
            .where(of.customer == customer)
            .order_by(schema.run.c.seq.desc())
            .limit(1)
        )
        with self.database.reading(customer) as connection:
            return connection.execute(wanted).scalar()

    def runs_of(self, customer: str, since: datetime) -> tuple[Run, ...]:
        """The customer's complete runs, of everything or of some checks, that began at this moment or later, in order.

        `ended` is when this customer was finished.
        """
        of = schema.customer_run.c
        wanted = (
            select(schema.run, of.ended.label("finished"))
            .join_from(schema.customer_run, schema.run, of.run == schema.run.c.id)
            .where(of.customer == customer, of.ended.is_not(None), schema.run.c.started >= since)
            .order_by(schema.run.c.seq)
        )
        with self.database.reading(customer) as connection:
            return tuple(run_of(row, row.finished) for row in connection.execute(wanted))

    def set_vantage(self, run: str, vantage: str) -> None:
        """Note from where the run looks at the network."""
        with self.database.writing(EVERYONE) as connection:
            connection.execute(update(schema.run).where(schema.run.c.id == run).values(vantage=vantage))

    def customers(self) -> tuple[Customer, ...]:
        """Every customer there was a run of, as they were in the latest, ordered by id."""
        of = schema.customer_run.c
        newest = func.max(schema.run.c.seq).label("seq")
        latest = select(of.customer, newest).join_from(schema.customer_run, schema.run).group_by(of.customer).subquery()
        wanted = (
            select(of.snapshot)
            .join_from(schema.customer_run, schema.run)
            .join(latest, (of.customer == latest.c.customer) & (schema.run.c.seq == latest.c.seq))
        )
        with self.database.reading(EVERYONE) as connection:
            return tuple(CUSTOMER.value(text) for text in connection.execute(wanted.order_by(of.customer)).scalars())

    def customers_of(self, run: str) -> tuple[Customer, ...]:
        """The run's customers as they were when it started, ordered by id."""
        of = schema.customer_run.c
        wanted = select(of.snapshot).where(of.run == run).order_by(of.customer)
        with self.database.reading(EVERYONE) as connection:
            return tuple(CUSTOMER.value(text) for text in connection.execute(wanted).scalars())


def latest_before(connection: Connection, customer: str, run: str | None) -> Run | None:
    """The customer's last complete run of everything before the named one, or of all such runs."""
    of = schema.customer_run.c
    wanted = (
        select(schema.run, of.ended.label("finished"))
        .join_from(schema.customer_run, schema.run, of.run == schema.run.c.id)
        .where(of.customer == customer, of.ended.is_not(None), schema.run.c.whole)
        .order_by(schema.run.c.seq.desc())
        .limit(1)
    )
    if run is not None:
        wanted = wanted.where(schema.run.c.seq < number_of(run))
    row = connection.execute(wanted).first()
    return None if row is None else run_of(row, row.finished)


def number_of(run: str) -> ScalarSelect[int]:
    """The place of a run among all runs, by the order in which they were started."""
    return select(_NUMBERED.c.seq).where(_NUMBERED.c.id == run).scalar_subquery()


def newer_than(run: str) -> Select[str]:
    """The ids of the runs that were started after this one."""
    return select(schema.run.c.id).where(schema.run.c.seq > number_of(run))


def run_of(row: Row[Any], ended: datetime | None) -> Run:
    """A row of the table `run` as a value."""
    return Run(row.id, row.started, row.posture_version, row.policy, ended, whole=row.whole)


def new_unit(run: str, customer: str, resource: str, priority: int) -> dict[str, object]:
    """The columns of a unit that nobody has taken yet.

    The order of units is shuffled, the same way every time, so that a customer's network is not swept host by host.
    """
    digest = hashlib.sha256(f"{run}\0{customer}\0{resource}".encode()).digest()
    return {
        "run": run,
        "customer": customer,
        "resource": resource,
        "state": "queued",
        "priority": LAST if resource == FINISH else priority,
        "shuffle": int.from_bytes(digest[:4]) >> 2,
        "attempt": 0,
        "fence": 0,
        "worker": "",
    }


def next_number(connection: Connection) -> int:
    """The place of the next run among all runs; whoever asks stands in the queue "runs"."""
    newest: int = connection.execute(select(func.coalesce(func.max(schema.run.c.seq), 0))).scalar_one()
    return newest + 1


def run_row(run: Run, digest: str, vantage: str, ended: datetime | None) -> dict[str, object]:
    """The columns of a run, but for its number."""
    return {
        "id": run.id,
        "digest": digest,
        "started": run.started,
        "ended": ended,
        "posture_version": run.posture_version,
        "policy": run.policy,
        "vantage": vantage,
        "whole": run.whole,
    }


def customer_row(run: str, customer: Customer, priority: int) -> dict[str, object]:
    """The columns of a customer's part of a run."""
    return {"run": run, "customer": customer.id, "snapshot": CUSTOMER.text(customer), "priority": priority}


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, object]]) -> None:
    every = list(rows)
    if every:
        connection.execute(insert(table), every)
