"""Moments in a customer's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def time_zone(name: str) -> tuple[tzinfo, str, bool]:
    """A time zone by its name, what to call it, and whether it is known: UTC where it is not."""
    try:
        return ZoneInfo(name), name, True
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, bytes that are no zone
        return UTC, "UTC", False


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


def zone_of(moment: datetime) -> str:
    """``CET``, or the offset where the zone has no abbreviation."""
    name = moment.tzname() or ""
    return name if name.isalpha() else offset(moment)


def stamp(moment: datetime) -> str:
    """``2026-11-22 02:43:11 +01:00``: for evidence, to the second, in every language."""
    return moment.strftime("%Y-%m-%d %H:%M:%S ") + offset(moment).removeprefix("UTC")
