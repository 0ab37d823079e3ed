from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.due import NEVER_SEEN, Due, NotDue, due, next_turn, night_of, staleness
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.schedule import Blackout, Schedule, WeeklyBlackout
from posture.model.window import Window

NIGHT = Window(time(22), time(6))
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
)
BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 20 * 366 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
WINDOWS = st.sampled_from(
    [NIGHT, Window(time(0, 30), time(4)), Window(time(2), time(3)), Window(time(20), time(2, 30))]
)
GRANT = Authorization(AuthorizationMethod.CONTRACT, "r", "g", BEGIN, BEGIN + timedelta(days=99_999))
CUSTOMER = Customer("bakery", "Bakery", GRANT, timezone="Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def night(text: str):
    found = night_of(NIGHT, BERLIN, at(text))
    assert found is not None
    return found


def test_a_night_is_named_by_the_day_on_which_it_opens():
    assert night("2026-11-22T23:00").id == night("2026-11-23T05:59").id == "2026-11-22"
    assert night_of(NIGHT, BERLIN, at("2026-11-23T06:00")) is None
    assert night_of(None, BERLIN, at("2026-11-23T06:00")).id == "2026-11-23"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-22", 8)])
def test_a_night_in_which_the_clock_changes_is_shorter_or_longer(day, hours):
    found = night(f"{day}T23:00")
    assert found.closes - found.opened == timedelta(hours=hours)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), window=WINDOWS)
def test_every_moment_is_in_one_night_at_most_and_no_two_nights_meet(moment, zone, window):
    """Else customers would be looked at twice, or a night would begin before the last has ended."""
    found = night_of(window, ZoneInfo(zone), moment)
    if found is None:
        return
    assert found.opened <= moment < found.closes
    for other in (found.opened, found.closes - timedelta(seconds=1)):
        assert night_of(window, ZoneInfo(zone), other) == found
    following = night_of(window, ZoneInfo(zone), found.closes)
    assert following is None or following.id != found.id


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), window=WINDOWS)
def test_who_is_looked_at_each_night_is_due_in_each(moment, zone, window):
    """Also when the last night began 23 hours ago, or late."""
    now = night_of(window, ZoneInfo(zone), moment)
    before = now and night_of(window, ZoneInfo(zone), now.opened - timedelta(hours=20))
    if now is None or before is None:
        return
    assert due(CUSTOMER, before.opened, now, moment) == Due()
    assert staleness(before.opened, now.opened) == 1


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
    hours=WINDOWS,
    start=st.integers(-600, 600),
    length=st.integers(1, 4000),
    day=st.integers(0, 6),
)
def test_a_turn_lies_in_the_night_in_the_hours_and_in_no_blackout(moment, zone, hours, start, length, day):
    starts = moment + timedelta(minutes=start)
    blackouts = (Blackout(starts, starts + timedelta(minutes=length)), WeeklyBlackout((day,), NIGHT))
    customer = replace(CUSTOMER, timezone=zone, windows=(hours,), schedule=Schedule(blackouts=blackouts))
    tonight = night_of(None, BERLIN, moment)
    turn = due(customer, None, tonight, moment)
    if isinstance(turn, NotDue):
        return
    opens = turn.opens or moment
    assert moment <= opens < tonight.closes
    assert customer.window_closes(opens) is not None
    assert hours.covers(opens, ZoneInfo(zone))
    assert not starts <= opens < starts + timedelta(minutes=length)
    assert customer.window_closes((turn.closes or tonight.closes) - timedelta(seconds=1)) is not None
    assert turn.closes is None or customer.window_closes(turn.closes) is None or turn.closes == starts


def test_nights_between_looks_are_counted_by_nights():
    weekly = replace(CUSTOMER, schedule=Schedule(every=7))
    last = night("2026-11-22T22:00").opened
    for days in range(1, 7):
        turn = due(weekly, last, tonight := night(f"2026-11-{22 + days}T23:00"), tonight.opened)
        assert turn == NotDue("every 7 nights; the last one that looked at all of him began on 2026-11-22")
    assert due(weekly, last, night("2026-11-29T23:00"), at("2026-11-29T23:00")) == Due()
    assert due(weekly, None, night("2026-11-23T23:00"), at("2026-11-23T23:00")) == Due()


def test_days_are_those_on_which_the_night_begins_for_the_customer():
    weekend = replace(CUSTOMER, schedule=Schedule(days=(5, 6)))
    assert due(weekend, None, night("2026-11-21T23:00"), at("2026-11-22T01:00")) == Due()
    sunday = night("2026-11-23T23:00")
    assert due(weekend, None, sunday, sunday.opened) == NotDue("his nights begin on sat, sun (Europe/Berlin)")


def test_hours_that_open_later_in_the_night_are_waited_for():
    early = replace(CUSTOMER, windows=(Window(time(1), time(5)),))
    tonight = night("2026-11-22T22:00")
    assert due(early, None, tonight, tonight.opened) == Due(
        at("2026-11-23T01:00").astimezone(UTC), at("2026-11-23T05:00").astimezone(UTC)
    )
    assert due(early, None, tonight, at("2026-11-23T02:00")) == Due(None, at("2026-11-23T05:00").astimezone(UTC))
    noon = replace(CUSTOMER, windows=(Window(time(12), time(13)),))
    turn = due(noon, None, tonight, tonight.opened)
    assert isinstance(turn, NotDue)
    assert "12:00-13:00 (Europe/Berlin) opens next at 2026-11-23T12:00+01:00" in turn.reason


def test_a_blackout_over_the_night_leaves_the_customer_out_and_says_so():
    pause = Blackout(at("2026-11-20T00:00"), at("2026-12-01T00:00"))
    quiet = replace(CUSTOMER, schedule=Schedule(blackouts=(pause,)))
    tonight = night("2026-11-22T22:00")
    turn = due(quiet, None, tonight, tonight.opened)
    assert isinstance(turn, NotDue)
    assert "not 2026-11-20 00:00 to 2026-12-01 00:00 CET" in turn.reason


def test_the_longer_unseen_the_staler():
    opened = night("2026-11-22T23:00").opened
    assert staleness(None, opened) == NEVER_SEEN
    assert staleness(opened - timedelta(days=3), opened) == 3
    assert staleness(opened - timedelta(days=400), opened) < NEVER_SEEN


def test_hours_in_two_parts_give_another_turn_in_the_same_night():
    """23:00 to 24:00 and 03:00 to 04:00: who was not reached in the first has the second, and then none."""
    twice = replace(CUSTOMER, windows=(Window(time(23), time(0)), Window(time(3), time(4))))
    tonight = night("2026-11-22T22:00")
    again = next_turn(twice, at("2026-11-23T00:00"), tonight.closes)
    assert again == Due(at("2026-11-23T03:00").astimezone(UTC), at("2026-11-23T04:00").astimezone(UTC))
    assert next_turn(twice, at("2026-11-23T04:00"), tonight.closes) is None
