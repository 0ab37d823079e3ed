"""Hours of the day in which a customer may be looked at, by the clock on the customer's wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_DAYS_AHEAD = 8  # a window that the clock skips on the night it is put forward opens the night after
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Every day from `opens` to `closes`; where that is not later, until the next day. The end is excluded.

    Where the clock is put back, a time that comes twice is its first coming; where it is put forward, a time that never
    comes is the moment of the change.
    """

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def covers(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether the window is open at this moment (aware)."""
        return self.ends(moment, zone) is not None

    def ends(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """When the window closes that is open at this moment, in UTC; None when none is."""
        now = moment.astimezone(UTC)
        return next((end for start, end in self.around(now, zone) if start <= now < end), None)

    def next_opening(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """When it opens for the first time after this moment, in UTC; None if not within a week."""
        now = moment.astimezone(UTC)
        return next((start for start, end in self.around(now, zone) if now < start < end), None)

    def around(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Beginning and end of the window of yesterday, today and the days to come, in order."""
        today = now.astimezone(zone).date()
        for ahead in range(-2, _DAYS_AHEAD):
            day = today + ahead * _DAY
            last = day if self.closes > self.opens else day + _DAY
            yield _instant(day, self.opens, zone), _instant(last, self.closes, zone)


def closing(windows: Sequence[Window], moment: datetime, zone: tzinfo) -> datetime | None:
    """When the windows that are open now, and those that follow without a gap, close, in UTC; None when none is open.

    Windows that fill the day have no end: then it is a day from now at the earliest.
    """
    end = None
    now = moment.astimezone(UTC)
    reached = now
    while reached < now + _DAY:
        later = max((e for e in (w.ends(reached, zone) for w in windows) if e is not None), default=None)
        if later is None:
            break
        end = reached = later
    return end


def opening(windows: Sequence[Window], moment: datetime, zone: tzinfo) -> datetime | None:
    """When the first of the windows opens after this moment, in UTC."""
    times = (window.next_opening(moment, zone) for window in windows)
    return min((one for one in times if one is not None), default=None)


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment of a time on the wall, in UTC."""
    local = datetime.combine(day, at, zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _change(second, first, zone)


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The moment between two at which the clock is put forward, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
