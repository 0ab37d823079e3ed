"""Which night it is, and who is due in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from posture.model.customer import Customer
from posture.model.schedule import DAYS
from posture.model.window import Window

NEVER_SEEN = 40
"""The staleness of what no night has looked at; nothing is staler."""

WHOLE_DAY = Window(datetime.min.time(), datetime.min.time())
"""The night of a provider who names no hours: the day."""


@dataclass(frozen=True, slots=True)
class NightHours:
    """A night by the provider's clock: `id` is the date on which it opened. The end is excluded; both are in UTC."""

    id: str
    opened: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """The customer is due; nothing of his may be looked at before `opens` (None: at once)."""

    opens: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotDue:
    """The customer's turn is another night, and why, in words."""

    reason: str


def night_of(window: Window | None, zone: tzinfo, moment: datetime) -> NightHours | None:
    """The night that is under way at a moment; None outside the window.

    Args:
        window: the hours of nights; None: the whole day.
        zone: the provider's clock.
        moment: aware.
    """
    now = moment.astimezone(UTC)
    for opened, closes in (window or WHOLE_DAY).around(now, zone):
        if opened <= now < closes:
            return NightHours(opened.astimezone(zone).date().isoformat(), opened, closes)
    return None


def staleness(last: datetime | None, opened: datetime) -> int:
    """How many nights ago the customer was looked at, 1 to NEVER_SEEN: the priority of his units.

    Args:
        last: when the last night opened that looked at all of him; None: none ever did.
        opened: when this night opened.
    """
    if last is None:
        return NEVER_SEEN
    nights = round((opened - last) / timedelta(days=1))
    return max(1, min(NEVER_SEEN - 1, nights))


def due(customer: Customer, last: datetime | None, hours: NightHours, now: datetime) -> Due | NotDue:
    """Whether the customer is to be looked at in a night. Nights are counted, not hours.

    Args:
        customer: his hours and days count by his own clock.
        last: when the last night opened that looked at all of him; None: none ever did.
        hours: the night's.
        now: it is begun, or gone on with, at this moment.

    Raises:
        ZoneInfoNotFoundError: the customer's time zone is not known on this machine.
    """
    schedule, zone = customer.schedule, ZoneInfo(customer.timezone)
    if schedule.days and hours.opened.astimezone(zone).weekday() not in schedule.days:
        return NotDue(f"his nights begin on {', '.join(DAYS[day] for day in schedule.days)} ({customer.timezone})")
    if last is not None and staleness(last, hours.opened) < schedule.every:
        seen = last.astimezone(zone).date().isoformat()
        return NotDue(f"every {schedule.every} nights; the last one that looked at all of him began on {seen}")
    start = max(hours.opened, now)
    if not customer.restricted or customer.window_closes(start) is not None:
        return Due()
    opens = customer.window_opens(start)
    if opens is not None and opens < hours.closes:
        return Due(opens.astimezone(UTC))
    when = f"opens next at {opens.isoformat(timespec='minutes')}" if opens else "does not open within a week"
    return NotDue(f"outside his hours all night: {customer.hours} {when}")
