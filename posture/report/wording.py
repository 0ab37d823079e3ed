"""Times, durations and counts in the words of a report. English is the one catalogue there is yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def time_zone(name: str) -> tuple[tzinfo, str, str]:
    """A time zone by its name, what to call it, and a note: UTC, and the note says so, where the name is not known."""
    try:
        return ZoneInfo(name), name, ""
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, bytes that are no zone
        return UTC, "UTC", f"The time zone {name!r} is not known, so times are in UTC."


def local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment in a time zone; as it is where the zone would take it beyond the year 9999."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def offset(moment: datetime) -> str:
    """``UTC+01:00``."""
    text = moment.strftime("%z") or "+0000"
    return f"UTC{text[:3]}:{text[3:5]}"


def _zone(moment: datetime) -> str:
    name = moment.tzname() or ""
    return name if name.isalpha() else offset(moment)


def day(moment: date) -> str:
    """``24 November 2026``."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def short(moment: datetime) -> str:
    """``24 Nov 2026, 18:00``."""
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}, {moment:%H:%M}"


def near(moment: datetime) -> str:
    """``24 Nov, 18:00``: where the year stands beside it."""
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]}, {moment:%H:%M}"


def when(moment: datetime) -> str:
    """``22 Nov 2026, 03:14 CET (UTC+01:00)``."""
    zone = _zone(moment)
    return f"{short(moment)} {zone}" + ("" if zone.startswith(("UTC+", "UTC-")) else f" ({offset(moment)})")


def deadline(moment: datetime) -> str:
    """``Tuesday 24 November 2026, 18:00 CET``."""
    return f"{_DAYS[moment.weekday()]} {day(moment)}, {moment:%H:%M} {_zone(moment)}"


def stamp(moment: datetime) -> str:
    """``2026-11-22 02:43:11 +01:00``: for evidence, to the second."""
    return moment.strftime("%Y-%m-%d %H:%M:%S ") + offset(moment).removeprefix("UTC")


def number(count: int, one: str, many: str = "") -> str:
    """``1 task``, ``1,200 tasks``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(minutes: int) -> str:
    """``about 30 minutes``, ``about 2 hours 15 minutes``, ``about 9 hours``: no finer than anybody can know."""
    if minutes < 60:
        return f"about {number(minutes, 'minute')}"
    if minutes < 5 * 60:
        hours, rest = divmod(5 * round(minutes / 5), 60)
        return f"about {number(hours, 'hour')}" + (f" {rest} minutes" if rest else "")
    return f"about {number(round(minutes / 60), 'hour')}"


def brief(minutes: int) -> str:
    """``30 min``, ``2 h 15``, ``9 h``: for a column."""
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"{hours} h {rest:02}" if rest and hours < 5 else f"{round(minutes / 60)} h"


def age(then: datetime, now: datetime) -> str:
    """``3 hours``, ``12 days``; ``none`` for what is not in the past."""
    passed = now - then
    if passed < timedelta(minutes=1):
        return "under a minute"
    if passed < timedelta(hours=1):
        return number(int(passed.total_seconds() // 60), "minute")
    if passed < timedelta(days=2):
        return number(int(passed.total_seconds() // 3600), "hour")
    return number(passed.days, "day")


def listed(names: Sequence[str], left: int = 0) -> str:
    """``a, b and 3 more``, ``a and b``."""
    parts = [*names, *([f"{left:,} more"] if left else [])]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
