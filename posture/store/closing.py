"""What a night does not reach any more: customers it lets go of, and units that are closed without a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from posture.model.customer import Customer
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase
from posture.store.encoding import CUSTOMER
from posture.store.portions import portions
from posture.store.runs import FINISH

AT_ONCE = 200  # customers in one statement

_night = schema.night.c
_unit = schema.scan_unit.c
_of_customer = schema.customer_run.c
_run = schema.run.c


class Closing(OnDatabase):
    """Ending a night, or a customer's part of it, before all was looked at."""

    __slots__ = ()

    def wind_up(self, night_id: str, reason: str, now: datetime) -> int:
        """Let what is left of a night be closed without a look, and take out the customers it did not reach at all.

        Those keep the report they have; they are named with the reason in `late_customers`. The number of them.
        Doing it twice changes nothing more.
        """
        night_run = self._ends(night_id, now)
        with self.database.writing(EVERYONE) as connection:
            untouched = _untouched(connection, night_run)
            gone = sum(_let_go(connection, night_id, night_run, some, reason) for some in portions(untouched, AT_ONCE))
            connection.execute(update(schema.run).where(_run.id == night_run).values(winding=True))
            _end_if_nothing_is_left(connection, night_run, now)
            return gone

    def outside_hours(self, run: str, now: datetime) -> tuple[Customer, ...]:
        """The customers with units that wait, and whose hours ended before their turn came."""
        theirs = exists().where(
            _unit.run == run, _unit.customer == _of_customer.customer, schema.NOT_DONE, *_missed_its_hours(now)
        )
        wanted = select(_of_customer.snapshot).where(_of_customer.run == run, _of_customer.ended.is_(None), theirs)
        with self.database.reading(EVERYONE) as connection:
            return tuple(map(CUSTOMER.value, connection.execute(wanted.order_by(_of_customer.customer)).scalars()))

    def put_off(self, run: str, customer: str, opens: datetime | None, closes: datetime | None, now: datetime) -> int:
        """Let a customer's units that missed their hours wait for the next ones; the number of units."""
        waiting = update(schema.scan_unit).where(_unit.run == run, _unit.customer == customer, schema.NOT_DONE)
        with self.database.writing(customer) as connection:
            put_off = waiting.where(*_missed_its_hours(now)).values(opens=opens, closes=closes)
            return connection.execute(put_off).rowcount

    def let_go(self, night_id: str, customer: str, reason: str, now: datetime) -> bool:
        """Close what is left of a customer without a look: his hours are over for this night.

        True where nothing of his was begun: then he is taken out and named, as by `wind_up`.
        """
        with self.database.writing(EVERYONE) as connection:
            night_run = connection.execute(select(_night.run).where(_night.id == night_id)).scalar_one()
            if customer in _untouched(connection, night_run, customer):
                if _let_go(connection, night_id, night_run, [customer], reason):
                    _end_if_nothing_is_left(connection, night_run, now)
                    return True
                return False  # somebody begins one just now; the next time is early enough
            theirs = (_unit.run == night_run, _unit.customer == customer, schema.NOT_DONE)
            connection.execute(update(schema.scan_unit).where(*theirs, *_missed_its_hours(now)).values(over=True))
            return False

    def _ends(self, night_id: str, now: datetime) -> str:
        """Let nothing of the night be claimed any more; its run.

        In a transaction of its own, so that what was claimed before can be seen, and what is not cannot be any more.
        """
        with self.database.writing(EVERYONE) as connection:
            night = connection.execute(select(schema.night).where(_night.id == night_id)).one()
            earlier = or_(_run.until.is_(None), _run.until > now)
            connection.execute(update(schema.run).where(_run.id == night.run, earlier).values(until=now))
            return str(night.run)


def _missed_its_hours(now: datetime) -> tuple[ColumnElement[bool], ...]:
    nobody = or_(_unit.state == "queued", _unit.lease_until <= now)
    return (nobody, ~_unit.over, _unit.closes.is_not(None), _unit.closes <= now)


def _untouched(connection: Connection, run: str, customer: str | None = None) -> list[str]:
    """The customers, or the one, none of whose units was ever begun."""
    begun = exists().where(
        _unit.run == run, _unit.customer == _of_customer.customer, or_(_unit.state != "queued", _unit.fence > 0)
    )
    wanted = select(_of_customer.customer).where(_of_customer.run == run, _of_customer.ended.is_(None), ~begun)
    waiting = exists().where(_unit.run == run, _unit.customer == _of_customer.customer, _unit.resource != FINISH)
    if customer is not None:
        wanted = wanted.where(_of_customer.customer == customer)
    return list(connection.execute(wanted.where(waiting).order_by(_of_customer.customer)).scalars())


def _let_go(connection: Connection, night_id: str, run: str, customers: Sequence[str], reason: str) -> int:
    """Take out those of the customers none of whose units is begun while this looks; how many.

    Units that somebody is claiming just now are locked by him: they are passed by, and their customer stays.
    """
    every = (_unit.run == run, _unit.customer.in_(customers))
    there = Counter(connection.execute(select(_unit.customer).where(*every)).scalars())
    fresh = select(_unit.customer).where(*every, _unit.state == "queued", _unit.fence == 0)
    mine = Counter(connection.execute(fresh.with_for_update(skip_locked=True)).scalars())
    gone = [customer for customer in customers if there[customer] and mine[customer] == there[customer]]
    if gone:
        connection.execute(delete(schema.scan_unit).where(_unit.run == run, _unit.customer.in_(gone)))
        connection.execute(delete(schema.customer_run).where(_of_customer.run == run, _of_customer.customer.in_(gone)))
        late = [{"night": night_id, "customer": customer, "reason": reason} for customer in gone]
        connection.execute(insert(schema.night_late), late)
    return len(gone)


def _end_if_nothing_is_left(connection: Connection, run: str, now: datetime) -> None:
    left = exists().where(_of_customer.run == run, _of_customer.ended.is_(None))
    if not connection.execute(select(left)).scalar():
        connection.execute(update(schema.run).where(_run.id == run, _run.ended.is_(None)).values(ended=now))
