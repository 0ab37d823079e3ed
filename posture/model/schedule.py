"""How often a customer is looked at, in which nights, and when never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from posture.model.window import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_STEPS = 100  # blackouts that follow each other without a gap, before they count as for ever
_FAR = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Blackout:
    """A time in which nothing may be contacted, from `starts` until `ends` (aware; the end is excluded)."""

    starts: datetime
    ends: datetime

    def __str__(self) -> str:
        return f"{self.starts:%Y-%m-%d %H:%M} to {self.ends:%Y-%m-%d %H:%M %Z}"

    def around(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:  # noqa: ARG002  as weekly ones
        """Itself, in UTC."""
        yield self.starts.astimezone(UTC), self.ends.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class WeeklyBlackout:
    """Hours of every week in which nothing may be contacted: `window`, where it opens on one of `days` (0: Monday)."""

    days: tuple[int, ...]
    window: Window

    def __str__(self) -> str:
        return f"{', '.join(DAYS[day] for day in self.days)} {self.window}"

    def around(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Its times about a moment, in UTC, in order."""
        for start, end in self.window.around(now, zone):
            if start.astimezone(zone).weekday() in self.days:
                yield start, end


@dataclass(frozen=True, slots=True)
class Schedule:
    """`every`: nights between looks, 1 is each night. `days`: nights that begin on these (0: Monday); none: on any."""

    every: int = 1
    days: tuple[int, ...] = ()
    blackouts: tuple[Blackout | WeeklyBlackout, ...] = ()


def blacked_out(blackouts: Sequence[Blackout | WeeklyBlackout], moment: datetime, zone: tzinfo) -> datetime | None:
    """When the blackouts that hold at a moment, and those that follow without a gap, end, in UTC; None: none holds."""
    reached = moment.astimezone(UTC)
    for _ in range(_MOST_STEPS):
        ends = [end for one in blackouts for start, end in one.around(reached, zone) if start <= reached < end]
        if not ends:
            break
        reached = max(ends)
    return reached if reached > moment else None


def next_blackout(blackouts: Sequence[Blackout | WeeklyBlackout], moment: datetime, zone: tzinfo) -> datetime | None:
    """When the next blackout after a moment begins, in UTC; None when none does within a week."""
    now = moment.astimezone(UTC)
    starts = [start for one in blackouts for start, _ in one.around(now, zone) if now < start < now + _FAR]
    return min(starts, default=None)
