"""The lead of a night lasts as long as the process that has it, and not longer than its word."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from posture.cli.errors import Broken
from posture.cli.night_lease import Lease
from posture.engine.clock import utc_now
from posture.model.night import Night, NightRules, Turn, Turns

HOLDS, EVERY = timedelta(seconds=0.6), timedelta(seconds=0.1)


@pytest.fixture
def night(store, make) -> Night:
    run = make.run(1)
    night = Night("2026-11-01", run.id, run.started, run.started + timedelta(hours=8))
    assert store.begin_night(night, run, [Turns(make.customer(), (Turn("web1"),))], NightRules(), run.started)
    return night


def lease(store, night, holder="elsewhere:boot.1:1:1") -> Lease:
    """A leader of another machine: whether it lives cannot be asked."""
    return Lease(store, night.id, holder, utc_now, holds=HOLDS, every=EVERY)


def takes(store, night, holder="another:boot.1:1:1") -> bool:
    return lease(store, night, holder).take()


def test_the_lead_is_kept_whatever_else_takes_long(store, night):
    """Reports of ten thousand customers take longer than a leader's word holds."""
    mine = lease(store, night)
    assert mine.take()
    with mine:
        until = time.monotonic() + 2 * HOLDS.total_seconds()
        while time.monotonic() < until:
            assert not takes(store, night)
            time.sleep(0.05)
        mine.must_hold()
    assert takes(store, night), "it is given back at the end"


def test_who_was_paused_for_longer_than_its_word_writes_nothing_more(store, night):
    """Another has the lead by then, and writes the same reports."""
    mine = lease(store, night)
    assert mine.take()
    time.sleep(HOLDS.total_seconds() + 0.1)  # it did not come to renewing
    other = lease(store, night, "another:boot.1:1:1")
    assert other.take()
    with pytest.raises(Broken, match="another process leads"):
        mine.must_hold()
    with mine:
        time.sleep(3 * EVERY.total_seconds())
    other.must_hold()


def test_a_night_that_another_ended_is_not_led_any_more(store, night):
    mine = lease(store, night)
    assert mine.take()
    assert store.end_night(night.id, "{}", utc_now(), mine.holder)
    with pytest.raises(Broken, match="another process leads"):
        mine.must_hold()
