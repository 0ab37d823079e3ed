"""Legal holds: append-only, the newest word on a customer or a finding counts."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from posture.model.hold import LegalHold
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase

_hold = schema.legal_hold.c


class Holds(OnDatabase):
    """Holding, and letting go."""

    __slots__ = ()

    def add_hold(self, hold: LegalHold) -> None:
        """Append the beginning or the end of a hold."""
        row = {
            "customer": hold.customer,
            "finding": hold.finding,
            "lifted": hold.lifted,
            "said_by": visible(hold.by),
            "reason": visible(hold.reason),
            "at": hold.at,
        }
        with self.database.writing(hold.customer) as connection:
            connection.execute(insert(schema.legal_hold).values(row))

    def holds(self, customer: str = "", *, history: bool = False) -> tuple[LegalHold, ...]:
        """The holds in force, of a customer where one is named; with `history` all that was ever said, in order."""
        with self.database.reading(customer or EVERYONE) as connection:
            return said(connection, customer) if history else in_force(connection, customer)


def in_force(connection: Connection, customer: str = "") -> tuple[LegalHold, ...]:
    """The holds that nobody has lifted."""
    newest = {(hold.customer, hold.finding): hold for hold in said(connection, customer)}
    return tuple(hold for hold in newest.values() if not hold.lifted)


def said(connection: Connection, customer: str = "") -> tuple[LegalHold, ...]:
    """All beginnings and ends of holds, in order."""
    wanted = select(schema.legal_hold).order_by(_hold.id)
    if customer:
        wanted = wanted.where(_hold.customer == customer)
    return tuple(
        LegalHold(row.customer, row.finding, row.said_by, row.reason, row.at, lifted=row.lifted)
        for row in connection.execute(wanted)
    )
