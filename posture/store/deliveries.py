"""Which report went to whom. The claim is one transaction, so that no two processes send the same thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, true, update

from posture.model.delivery import Delivery, DeliveryKey, DeliveryState
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase

_row = schema.delivery.c
LEASE = timedelta(minutes=15)  # after which a process that claimed a delivery and began nothing is taken for dead
NOTE = 500  # characters


class Deliveries(OnDatabase):
    """Claiming deliveries, and keeping what became of them."""

    __slots__ = ()

    def deliveries(self, customer: str = "", run: str = "") -> tuple[Delivery, ...]:
        """All that were begun, of a customer and a run where they are named: the oldest first."""
        wanted = (_row.customer == customer if customer else true(), _row.run == run if run else true())
        found = select(schema.delivery).where(*wanted).order_by(_row.at, _row.customer, _row.channel, _row.recipient)
        with self.database.reading(customer or EVERYONE) as connection:
            return tuple(_delivery(row) for row in connection.execute(found))

    def claim_delivery(self, key: DeliveryKey, now: datetime) -> Delivery | None:
        """Take a delivery for this process; None where it was made, failed, is too early, or is somebody else's.

        One that was leaving (SENDING) when its process died is nobody's: sending it again could send it twice.

        Raises:
            StoreError: it could not be written.
        """
        with self.database.writing(key.customer) as connection:
            self.database.queue_up(connection, "delivery", key.customer)
            known = _known(connection, key)
            if known is not None and not _free(known, now):
                return None
            attempts = 1 if known is None else known.attempts + 1
            claimed = Delivery(key, DeliveryState.CLAIMED, attempts, now)
            statement = insert(schema.delivery) if known is None else update(schema.delivery).where(_is(key))
            connection.execute(statement.values(**_columns(claimed)))
        return claimed

    def save_delivery(self, delivery: Delivery) -> None:
        """Keep what became of a delivery that this process had claimed.

        Raises:
            StoreError: it could not be written.
        """
        with self.database.writing(delivery.key.customer) as connection:
            connection.execute(update(schema.delivery).where(_is(delivery.key)).values(**_columns(delivery)))

    def free_deliveries(self, customer: str, run: str, now: datetime) -> int:
        """Let what failed, or may or may not have arrived, be sent again: somebody decided so. How many there were.

        Raises:
            StoreError: it could not be written.
        """
        stuck = (DeliveryState.SENDING.value, DeliveryState.FAILED.value)
        freed = (
            update(schema.delivery)
            .where(_row.customer == customer, _row.run == run, _row.state.in_(stuck))
            .values(state=DeliveryState.WAITING.value, attempts=0, at=now, next_try=None)
        )
        with self.database.writing(customer) as connection:
            return connection.execute(freed).rowcount

    def last_sent(self, customer: str, channel: str, recipient: str) -> datetime | None:
        """When a report of this customer last went to this recipient; None where none ever did."""
        wanted = (
            select(_row.at)
            .where(_row.customer == customer, _row.channel == channel, _row.recipient == recipient)
            .where(_row.state == DeliveryState.SENT.value)
            .order_by(_row.at.desc())
            .limit(1)
        )
        with self.database.reading(customer) as connection:
            return connection.execute(wanted).scalar()


def _known(connection: Connection, key: DeliveryKey) -> Delivery | None:
    row = connection.execute(select(schema.delivery).where(_is(key))).first()
    return None if row is None else _delivery(row)


def _free(known: Delivery, now: datetime) -> bool:
    if known.state is DeliveryState.CLAIMED:
        return now - known.at > LEASE
    return known.state is DeliveryState.WAITING and (known.next_try is None or known.next_try <= now)


def _is(key: DeliveryKey) -> ColumnElement[bool]:
    return and_(
        _row.customer == key.customer,
        _row.run == key.run,
        _row.channel == key.channel,
        _row.recipient == key.recipient,
    )


def _columns(delivery: Delivery) -> dict[str, Any]:
    return {
        "customer": delivery.key.customer,
        "run": delivery.key.run,
        "channel": delivery.key.channel,
        "recipient": delivery.key.recipient,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "at": delivery.at,
        "next_try": delivery.next_try,
        "digest": delivery.digest,
        "note": visible(delivery.note, NOTE),
    }


def _delivery(row: Row[Any]) -> Delivery:
    key = DeliveryKey(row.customer, row.run, row.channel, row.recipient)
    return Delivery(key, DeliveryState(row.state), row.attempts, row.at, row.next_try, row.digest, row.note)
