from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from posture.model.enforcement import Measure, RecordState, StepKey, StepRecord


def rows_of(connection: Connection, table: Table, customer: str) -> Sequence[Row[Any]]:
    """A customer's rows, in the order in which they came."""
    order = table.c.id if "id" in table.c else table.c.at
    return connection.execute(select(table).where(table.c.customer == customer).order_by(order)).all()


def key_of(row: Row[Any]) -> StepKey:
    """The step that a row of any of the tables but enforcement_record is about."""
    return StepKey(row.customer, row.finding, row.episode, Measure(row.step), row.lift)


def record_of(row: Row[Any]) -> StepRecord:
    """A row of enforcement_record."""
    state = RecordState(row.state)
    step = (row.customer, row.finding, row.episode, Measure(row.step))
    return StepRecord(*step, state, row.at, row.recorded_by, row.note)
