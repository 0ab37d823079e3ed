from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from zoneinfo import ZoneInfo

from posture.model.attestation import Attestation
from posture.model.resource import Resource
from posture.model.schedule import Schedule, blacked_out, next_blackout
from posture.model.window import Window, closing, opening

_WHILE = timedelta(days=7)
_MOST_STEPS = 100  # windows and blackouts that take turns

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

REPORT_LANGUAGES = frozenset({"de", "en"})
"""What reports are written in; a customer of another language gets English."""


def unmapped(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2); any other address as it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class AuthorizationMethod(StrEnum):
    """How the customer allowed the audit."""

    CONTRACT = "contract"
    DNS_TXT = "dns-txt"
    HTTP_TOKEN = "http-token"  # noqa: S105
    OWN_ALLOCATION = "own-allocation"


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who allowed the audit of what, under which reference, from when until when (aware times)."""

    method: AuthorizationMethod
    reference: str
    granted_by: str
    valid_from: datetime
    valid_until: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether the authorization holds at this moment; the end is excluded."""
        return self.valid_from <= moment < self.valid_until


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: who reads the report, what may be contacted, and what there is to audit.

    `networks` are the only addresses that may ever be contacted; `exclude` is taken out of them. `windows` are the
    hours in which they may be, in `timezone`; without any, always. `rate` is the most packets a second that may be sent
    into one of them; 0 leaves it to the program. `attestations` is what he says of himself. Reports go to `contact` and
    `contacts`, e-mail addresses, and to nobody else. `schedule` says in which nights, and when never.
    """

    id: str
    name: str
    authorization: Authorization
    networks: tuple[IPNetwork, ...] = ()
    exclude: tuple[IPNetwork, ...] = ()
    resources: tuple[Resource, ...] = ()
    contact: str = ""
    language: str = "en"
    timezone: str = "UTC"
    windows: tuple[Window, ...] = ()
    rate: int = 0
    attestations: tuple[Attestation, ...] = ()
    contacts: tuple[str, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom reports go to: every registered address once."""
        return tuple(dict.fromkeys(address for address in (self.contact, *self.contacts) if address))

    def in_scope(self, address: IPAddress) -> bool:
        """Whether `networks` without `exclude` holds the address; an IPv4-mapped IPv6 address counts as IPv4."""
        plain = unmapped(address)
        return any(plain in n for n in self.networks) and not any(plain in n for n in self.exclude)

    @property
    def restricted(self) -> bool:
        """Whether there are times at which nothing of the customer's may be contacted."""
        return bool(self.windows or self.schedule.blackouts)

    @property
    def hours(self) -> str:
        """When the customer may be contacted, in words: ``22:00-06:00, not fri 18:00-23:00 (Europe/Berlin)``.

        Empty where it is at any time.
        """
        parts = [", ".join(map(str, self.windows))] if self.windows else []
        parts += [f"not {', '.join(map(str, self.schedule.blackouts))}"] if self.schedule.blackouts else []
        return f"{', '.join(parts)} ({self.timezone})" if parts else ""

    def window_closes(self, moment: datetime) -> datetime | None:
        """Until when the customer may be contacted from this moment on, in UTC; None when he may not be now.

        Without windows, a day ahead at least is free, up to the next blackout.

        Raises:
            ZoneInfoNotFoundError: the time zone is not known on this machine.
        """
        zone, blackouts = ZoneInfo(self.timezone), self.schedule.blackouts
        if blacked_out(blackouts, moment, zone) is not None:
            return None
        closes = closing(self.windows, moment, zone) if self.windows else moment.astimezone(UTC) + _WHILE
        starts = next_blackout(blackouts, moment, zone)
        return closes if closes is None or starts is None else min(closes, starts)

    def window_opens(self, moment: datetime) -> datetime | None:
        """When the customer may be contacted next after this moment, on the customer's clock.

        None where he may be at any time, or not within a week after the last blackout.

        Raises:
            ZoneInfoNotFoundError: the time zone is not known on this machine.
        """
        zone = ZoneInfo(self.timezone)
        at: datetime | None = moment
        for _ in range(_MOST_STEPS):
            if at is None or (at > moment and self.window_closes(at) is not None):
                return None if at is None else at.astimezone(zone)
            free = blacked_out(self.schedule.blackouts, at, zone)
            at = free if free is not None else opening(self.windows, at, zone)
        return None
