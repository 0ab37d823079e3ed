"""What a night does not reach: let go of, put off, or closed without a look, whatever is claimed meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from posture.cli.night_leader import Leader
from posture.cli.night_lease import Lease
from posture.engine.clock import utc_now
from posture.model.night import Night, NightRules, Turn, Turns
from posture.model.window import Window
from posture.store import schema
from posture.store.database import EVERYONE

HOUR = timedelta(hours=1)


def begin(store, make, *customers, closes=None):
    """A night from 22:00 to 06:00; `closes` is the end of the customers' own hours."""
    run = make.run(1)
    night = Night("2026-11-01", run.id, run.started, run.started + 8 * HOUR)
    work = [Turns(c, tuple(Turn(r.id, "", None, 1, closes) for r in c.resources)) for c in customers]
    assert store.begin_night(night, run, work, NightRules(), run.started)
    return night


def claim(store, make, now):
    return store.claim_shared("worker", make.lease, now)


@pytest.mark.postgresql
def test_what_is_being_claimed_while_the_night_is_wound_up_is_not_taken_out(store, make):
    """Packets were sent to him: he is not one whom the night did not reach, and what was seen is kept."""
    night = begin(store, make, make.customer("bakery", ["a", "b"]), make.customer("cafe", ["a"]))
    if not store.database.is_postgresql:
        pytest.skip("a transaction that writes SQLite is alone")
    unit = schema.scan_unit.c
    with store.database.writing(EVERYONE) as connection:  # a worker's claim, on its way
        theirs = select(unit.id).where(unit.customer == "bakery", unit.resource == "a").with_for_update()
        assert connection.execute(theirs).one()
        assert store.wind_up(night.id, "late", night.closes) == 1
    assert set(store.late_customers(night.id)) == {"cafe"}
    for _ in "ab":
        assert make.close(store, claim(store, make, night.closes), now=night.closes)


def test_a_night_that_is_being_wound_up_gives_nothing_out(store, make):
    """Between its end and the winding up, which may take a while, nobody is closed without a look."""
    night = begin(store, make, make.customer("bakery"))
    store._ends(night.id, night.opened + HOUR)
    assert claim(store, make, night.opened + HOUR) is None
    assert store.wind_up(night.id, "late", night.opened + 2 * HOUR) == 1
    assert store.run(night.run).ended is not None


def test_a_claim_says_until_when_may_be_looked(store, make):
    """The earlier of the night's end and the customer's."""
    night = begin(store, make, make.customer("bakery"), closes=make.run(1).started + HOUR)
    assert claim(store, make, night.opened).until == night.opened + HOUR


def test_without_hours_of_the_customers_it_is_the_nights_end(store, make):
    night = begin(store, make, make.customer("bakery"))
    assert claim(store, make, night.opened).until == night.closes


def test_nothing_is_begun_when_the_customers_hours_are_over_until_the_next(store, make):
    """23:00 to 24:00 and again from 03:00 on: what did not come to its turn waits for the second span."""
    bakery = make.customer("bakery", ["a", "b"])
    night = begin(store, make, bakery, closes=make.run(1).started + HOUR)
    first = claim(store, make, night.opened)
    assert make.close(store, first)
    over = night.opened + HOUR
    assert claim(store, make, over) is None
    assert store.outside_hours(night.run, over - HOUR / 2) == ()
    assert [one.id for one in store.outside_hours(night.run, over)] == ["bakery"]
    assert store.put_off(night.run, "bakery", over + 2 * HOUR, over + 3 * HOUR, over) == 1
    assert store.outside_hours(night.run, over) == ()
    assert claim(store, make, over + HOUR) is None
    second = claim(store, make, over + 2 * HOUR)
    assert {first.resource, second.resource} == {"a", "b"}
    assert second.until == over + 3 * HOUR


def test_whom_his_hours_left_untouched_keeps_his_report_and_is_named(store, make):
    night = begin(store, make, make.customer("bakery", ["a", "b"]), closes=make.run(1).started + HOUR)
    assert store.let_go(night.id, "bakery", "his hours ended", night.opened + HOUR)
    assert store.late_customers(night.id) == {"bakery": "his hours ended"}
    assert store.run(night.run).ended == night.opened + HOUR


def test_what_is_left_of_one_who_was_begun_is_closed_without_a_look(store, make):
    """He gets the report of what was seen, and does not count as wholly seen."""
    night = begin(store, make, make.customer("bakery", ["a", "b"]), closes=make.run(1).started + HOUR)
    assert make.close(store, claim(store, make, night.opened))
    over = night.opened + HOUR
    assert not store.let_go(night.id, "bakery", "his hours ended", over)
    assert store.late_customers(night.id) == {}
    rest = claim(store, make, over)
    assert rest.until == over, "whoever does it closes it as late"


def test_a_lease_that_ran_out_after_the_hours_is_closed_too(store, make):
    """Of a machine that is gone: nobody else frees its units."""
    night = begin(store, make, make.customer("bakery", ["a"]), closes=make.run(1).started + HOUR)
    assert claim(store, make, night.opened) is not None
    over = night.opened + 2 * HOUR
    assert claim(store, make, over) is None
    assert [one.id for one in store.outside_hours(night.run, over)] == ["bakery"]
    assert not store.let_go(night.id, "bakery", "his hours ended", over)
    assert claim(store, make, over) is not None


def test_who_leads_the_night_minds_the_hours_of_the_customers(store, make):
    """One has no more hours in this night and is let go; the other's second span is waited for."""
    shut = replace(make.customer("bakery", ["a"]), timezone="UTC", windows=(Window(time(22), time(23)),))
    twice = replace(shut, id="cafe", windows=(*shut.windows, Window(time(3), time(4))))
    night = begin(store, make, shut, twice, closes=make.run(1).started + HOUR)
    lease = Lease(store, night.id, "me:boot.1:1:1", utc_now)
    assert lease.take()

    def execute(_run, stop):
        stop.wait(1)
        stop.set()

    Leader(store, night, lease, clock=lambda: night.opened + HOUR).lead(execute, threading.Event())
    assert set(store.late_customers(night.id)) == {"bakery"}
    unit = claim(store, make, night.opened + 5 * HOUR)
    assert (unit.customer, unit.until) == ("cafe", night.opened + 6 * HOUR)
