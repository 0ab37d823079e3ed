from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from fleet import NoAdvice, customers

from posture.cli.plugins import loaded
from posture.collect.resource import _whatever_came
from posture.engine.plan import plan
from posture.engine.unit import Job, run_unit
from posture.model.unit import ClaimedUnit
from posture.policy.load import default_policy
from posture.store.errors import DatabaseFull, DatabaseLocked, DatabaseUnreachable, StoreError


class Units:
    def __init__(self):
        self.kept = 0

    def last_facts(self, customer, resource):
        return None

    def commit(self, unit, result, advance, now):
        self.kept += 1
        return True


def job_of(customer, units, collect):
    every = plan([customer], loaded().checks)
    return Job(every, default_policy(), units, collect, NoAdvice(), lambda: datetime.now(UTC))


@pytest.mark.parametrize("outage", [DatabaseFull, DatabaseLocked, DatabaseUnreachable])
def test_a_database_that_goes_away_during_a_look_is_no_result_of_the_look(outage):
    """The unit is done again; a report that says "not assessed" for it would be one that a restart has changed."""
    (customer,) = customers(1, 1)
    units = Units()

    def collect(*_):
        raise outage("the server was restarted")

    job = Job(
        plan([customer], loaded().checks), default_policy(), units, collect, NoAdvice(), lambda: datetime.now(UTC)
    )
    with pytest.raises(outage):
        run_unit(job, ClaimedUnit(1, "r", customer.id, customer.resources[0].id, 1, 1))
    assert units.kept == 0


def test_other_errors_of_the_store_stay_defects_of_one_look():
    (customer,) = customers(1, 1)
    units = Units()

    def collect(*_):
        raise StoreError("a value was refused")

    job = Job(
        plan([customer], loaded().checks), default_policy(), units, collect, NoAdvice(), lambda: datetime.now(UTC)
    )
    assert run_unit(job, ClaimedUnit(1, "r", customer.id, customer.resources[0].id, 1, 1))
    assert units.kept == 1


def test_an_outage_met_outside_is_not_taken_for_a_stranger_s_doing():
    (customer,) = customers(1, 1)
    outside: Future = Future()
    outside.set_exception(DatabaseUnreachable("away"))
    with pytest.raises(DatabaseUnreachable):
        _whatever_came(outside, customer.resources[0])
