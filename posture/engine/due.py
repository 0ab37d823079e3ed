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
    """The customer is due; nothing of his may be looked at before `opens`, nor from `closes` on, both in UTC.

    None: at once; to the end of the night.
    """

    opens: datetime | None = None
    closes: datetime | None = None


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
    turn = next_turn(customer, start, hours.closes)
    if turn is not None:
        return turn
    opens = customer.window_opens(start)
    when = f"opens next at {opens.isoformat(timespec='minutes')}" if opens else "does not open within a week"
    return NotDue(f"outside his hours all night: {customer.hours} {when}")


def next_turn(customer: Customer, moment: datetime, end: datetime) -> Due | None:
    """When the customer may be looked at next, from a moment on and before the end of the night; None: not any more.

    Raises:
        ZoneInfoNotFoundError: the customer's time zone is not known on this machine.
    """
    if not customer.restricted:
        return Due()
    opens = None
    closes = customer.window_closes(moment)
    if closes is None:
        opens = customer.window_opens(moment)
        if opens is None or opens >= end:
            return None
        closes, opens = customer.window_closes(opens), opens.astimezone(UTC)
    return Due(opens, None if closes is None or closes >= end else closes)
