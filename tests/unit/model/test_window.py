"""When a customer's hours begin and end, by the clock on the wall, on the nights that are longer or shorter too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.model.window import Window, closing, opening

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Window(time(22), time(6))
# On 2026-03-29 the clock goes from 02:00 to 03:00, at 01:00 UTC; on 2026-10-25 from 03:00 back to 02:00, at 01:00 UTC.


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("window", "moment", "ends"),
    [
        (NIGHT, "2026-06-01T21:59:59", None),
        (NIGHT, "2026-06-01T22:00:00", "2026-06-02T06:00:00"),
        (NIGHT, "2026-06-02T00:00:00", "2026-06-02T06:00:00"),
        (NIGHT, "2026-06-02T05:59:59", "2026-06-02T06:00:00"),
        (NIGHT, "2026-06-02T06:00:00", None),
        (Window(time(12), time(13)), "2026-06-02T12:30:00", "2026-06-02T13:00:00"),
        (Window(time(22), time(0)), "2026-06-01T23:59:59", "2026-06-02T00:00:00"),
        (Window(time(22), time(0)), "2026-06-02T00:00:00", None),
        (Window(time(0), time(6)), "2026-06-02T00:00:00", "2026-06-02T06:00:00"),
    ],
)
def test_a_window_is_open_from_its_first_moment_until_its_end(window: Window, moment: str, ends: str | None) -> None:
    """On the customer's clock, through midnight where it says so."""
    assert window.ends(berlin(moment), BERLIN) == (berlin(ends) if ends else None)
    assert window.covers(berlin(moment), BERLIN) is (ends is not None)


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        # forward: the night is an hour shorter; a time that never comes is the change itself
        (NIGHT, "2026-03-28T21:00", "2026-03-29T04:00"),
        (Window(time(22), time(2, 30)), "2026-03-28T21:00", "2026-03-29T01:00"),
        (Window(time(2, 30), time(6)), "2026-03-29T01:00", "2026-03-29T04:00"),
        # back: an hour longer; of a time that comes twice the first one counts
        (NIGHT, "2026-10-24T20:00", "2026-10-25T05:00"),
        (Window(time(22), time(2, 30)), "2026-10-24T20:00", "2026-10-25T00:30"),
        (Window(time(2, 30), time(6)), "2026-10-25T00:30", "2026-10-25T05:00"),
        (Window(time(2, 15), time(2, 45)), "2026-10-25T00:15", "2026-10-25T00:45"),
    ],
)
def test_a_window_on_the_nights_when_the_clock_is_changed(window: Window, opens: str, closes: str) -> None:
    """One piece, from one moment to another; never open twice in one night."""
    start, end = utc(opens), utc(closes)
    second = timedelta(seconds=1)
    assert window.next_opening(start - second, BERLIN) == start
    assert not window.covers(start - second, BERLIN)
    assert window.ends(start, BERLIN) == end
    assert window.ends(end - second, BERLIN) == end
    for hour in (timedelta(0), timedelta(minutes=59), timedelta(minutes=61)):
        assert not window.covers(end + hour, BERLIN)


def test_a_window_that_the_clock_skips_opens_the_night_after() -> None:
    """On that day its half hour does not exist."""
    window = Window(time(2, 15), time(2, 45))
    assert window.next_opening(berlin("2026-03-28T12:00"), BERLIN) == berlin("2026-03-30T02:15")


def test_windows_that_follow_each_other_are_one() -> None:
    """A look is not cut off at a seam; where there is a gap, it is."""
    evening, night, noon = Window(time(20), time(0)), Window(time(0), time(6)), Window(time(12), time(13))
    every = (noon, night, evening)
    assert closing(every, berlin("2026-06-01T21:00"), BERLIN) == berlin("2026-06-02T06:00")
    assert closing(every, berlin("2026-06-01T12:30"), BERLIN) == berlin("2026-06-01T13:00")
    assert closing(every, berlin("2026-06-01T11:00"), BERLIN) is None
    assert opening(every, berlin("2026-06-01T11:00"), BERLIN) == berlin("2026-06-01T12:00")
    assert opening(every, berlin("2026-06-01T13:00"), BERLIN) == berlin("2026-06-01T20:00")


def test_windows_that_fill_the_day_never_close_soon() -> None:
    """And the question has an answer all the same."""
    halves = (Window(time(0), time(12)), Window(time(12), time(0)))
    now = berlin("2026-06-01T11:00")
    assert closing(halves, now, BERLIN) >= now + timedelta(days=1)


minutes = st.integers(0, 24 * 60 - 1)


@given(minutes, minutes, st.datetimes(datetime(2026, 4, 1), datetime(2026, 10, 20)))
def test_on_other_days_it_is_what_the_clock_shows(opens: int, closes: int, naive: datetime) -> None:
    """Open exactly while the wall clock is between the two times."""
    if opens == closes:
        return
    window = Window(time(*divmod(opens, 60)), time(*divmod(closes, 60)))
    shown = naive.time()
    inside = window.opens <= shown < window.closes
    if window.closes < window.opens:
        inside = shown >= window.opens or shown < window.closes
    assert window.covers(naive.replace(tzinfo=BERLIN), BERLIN) is inside


@given(
    minutes,
    minutes,
    st.sampled_from([utc("2026-03-28T00:00"), utc("2026-10-24T00:00"), utc("2026-06-01T00:00")]),
    st.integers(0, 3 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "UTC"]),
)
def test_openings_and_ends_agree(opens: int, closes: int, day: datetime, minute: int, name: str) -> None:
    """Whatever the place: what is open ends later, and at its next opening it is open."""
    if opens == closes:
        return
    window, zone = Window(time(*divmod(opens, 60)), time(*divmod(closes, 60))), ZoneInfo(name)
    now = day + timedelta(minutes=minute)
    end = window.ends(now, zone)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)
        assert window.ends(end - timedelta(seconds=1), zone) == end
    start = window.next_opening(now, zone)
    assert start is not None
    assert start > now
    assert window.covers(start, zone)
