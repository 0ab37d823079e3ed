"""Which night it is, and who is due in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from posture.model.customer import Customer
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


def due(customer: Customer, last: datetime | None, opened: datetime, until: datetime) -> Due | NotDue:
    """Whether the customer is to be looked at in a night.

    Args:
        customer: his hours count by his own clock.
        last: when the last night opened that looked at all of him; None: none ever did.
        opened: from when on; the night's beginning, or now where that is later.
        until: the night's end.

    Raises:
        ZoneInfoNotFoundError: the customer's time zone is not known on this machine.
    """
    if last is not None and last >= opened:
        return NotDue("he was looked at in this night")
    if not customer.windows or customer.window_closes(opened) is not None:
        return Due()
    opens = customer.window_opens(opened)
    if opens is not None and opens < until:
        return Due(opens.astimezone(UTC))
    when = opens.astimezone(ZoneInfo(customer.timezone)).isoformat(timespec="minutes") if opens else "not within a week"
    return NotDue(f"no hours in this night: {customer.hours} opens next: {when}")
