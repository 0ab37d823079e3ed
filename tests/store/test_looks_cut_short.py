"""A look that the end of the night, or of the customer's hours, cut short is no look that counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from simulator.advice import SimulatedAdvice

from posture.cli.shared_job import SharedJobs
from posture.engine.unit import run_unit
from posture.facts.factset import COLLECTED, without
from posture.model.night import Night, NightRules, Turn, Turns
from posture.policy.load import default_policy

HOUR = timedelta(hours=1)


class Watch:
    """A clock that somebody moves."""

    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def night(store, make):
    run = make.run(1)
    begun = Night("2026-11-01", run.id, run.started, run.started + 8 * HOUR)
    work = [Turns(make.customer("bakery", ["a"]), (Turn("a"),))]
    assert store.begin_night(begun, run, work, NightRules(), run.started)
    return begun


def done(store, make, clock, collect):
    jobs = SharedJobs(store, default_policy(), collect, SimulatedAdvice(), clock)
    while unit := store.claim_shared("worker", make.lease, clock()):
        assert run_unit(jobs(unit), unit)


def looks(clock, minutes):
    """A collector of a host that is not reached, which takes its time, but no longer than it may."""

    def collect(_customer, resource, _run, deadline, _earlier):
        clock.at = min(deadline - timedelta(seconds=1), clock.at + timedelta(minutes=minutes))
        return without("its time was over", COLLECTED[resource.kind])

    return collect


def test_a_look_that_began_just_before_the_end_does_not_count_as_one(store, make, night):
    """Else the customer would not be due for his next six nights, and nobody had seen him."""
    clock = Watch(night.closes - timedelta(minutes=2))
    done(store, make, clock, looks(clock, 10))
    assert store.progress(night.run, clock()).late == 1
    assert store.last_nights() == {}


def test_a_host_that_does_not_answer_in_good_time_was_looked_at(store, make, night):
    clock = Watch(night.opened)
    done(store, make, clock, looks(clock, 10))
    assert store.progress(night.run, clock()).late == 0
    assert store.last_nights() == {"bakery": night.opened}


def test_from_the_end_on_nothing_is_looked_at(store, make, night):
    """A claim that was slow: the unit was taken in time, and its turn came too late."""
    clock = Watch(night.closes - timedelta(seconds=1))
    unit = store.claim_shared("worker", make.lease, clock())
    clock.at = night.closes

    def collect(*_):
        raise AssertionError("somebody was contacted")

    assert run_unit(SharedJobs(store, default_policy(), collect, SimulatedAdvice(), clock)(unit), unit)
    assert store.progress(night.run, clock()).late == 1
    (result,) = store.facts(night.run)
    assert b"before its turn came" in result.facts
