"""The host keys that people confirmed: an append-only history, in which the newest entry of a host counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, func, insert, select

from posture.model.ssh_pin import SshPin
from posture.model.text import visible
from posture.store import schema
from posture.store.database import EVERYONE, OnDatabase

_pin = schema.ssh_pin.c


class Pins(OnDatabase):
    """Adding and reading pins; fits posture.collect.host.trust.Pins."""

    __slots__ = ()

    def add_pin(self, pin: SshPin) -> None:
        """Believe a host by these keys from now on.

        Raises:
            ValueError: it has no fingerprint, or its time has no time zone.
            StoreError: it could not be written.
        """
        if not pin.fingerprints:
            raise ValueError("a pin without a fingerprint says nothing")
        with self.database.writing(pin.customer) as connection:
            connection.execute(
                insert(schema.ssh_pin).values(
                    customer=pin.customer,
                    resource=pin.resource,
                    fingerprints=" ".join(dict.fromkeys(visible(each, 100) for each in pin.fingerprints)),
                    pinned_by=visible(pin.by, 200),
                    pinned_at=pin.at,
                )
            )

    def pin(self, customer: str, resource: str) -> SshPin | None:
        """The pin of a host that counts, if there is one."""
        wanted = select(schema.ssh_pin).where(_pin.customer == customer, _pin.resource == resource)
        with self.database.reading(customer) as connection:
            newest = connection.execute(wanted.order_by(_pin.id.desc()).limit(1)).first()
        return None if newest is None else _pin_of(newest)

    def pins(self, customer: str | None = None, *, history: bool = False) -> tuple[SshPin, ...]:
        """Every host's pin that counts, by customer and host; with `history` also those that it took the place of."""
        wanted: Select[Any] = select(schema.ssh_pin).order_by(_pin.customer, _pin.resource, _pin.id)
        if customer is not None:
            wanted = wanted.where(_pin.customer == customer)
        if not history:
            wanted = wanted.where(_pin.id.in_(select(func.max(_pin.id)).group_by(_pin.customer, _pin.resource)))
        with self.database.reading(customer or EVERYONE) as connection:
            return tuple(_pin_of(row) for row in connection.execute(wanted))


def _pin_of(row: Row[Any]) -> SshPin:
    return SshPin(row.customer, row.resource, tuple(row.fingerprints.split()), row.pinned_by, row.pinned_at)
