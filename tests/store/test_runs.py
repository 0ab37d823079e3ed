from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from posture.store import StoreError


def test_an_interrupted_run_is_found_by_its_plan(store, make):
    """The latest run of the same plan that has not ended, and none once it has."""
    for number in (1, 2):
        store.start_run(make.run(number), "plan", [(make.customer(), ["web1"])], make.now)
    store.start_run(make.run(3), "other plan", [(make.customer(), ["web1"])], make.now)
    assert store.unfinished_run("plan") == make.run(2)
    assert store.unfinished_run("third plan") is None
    while unit := store.claim(make.run(2).id, "w", make.lease, make.now):
        make.close(store, unit)
    assert store.unfinished_run("plan") == make.run(1)


def test_a_run_is_started_once(store, make):
    """A second run of the same id is refused and changes nothing."""
    store.start_run(make.run(), "plan", [(make.customer(), ["web1"])], make.now)
    with pytest.raises(StoreError):
        store.start_run(make.run(), "plan", [(make.customer("cafe"), ["web1"])], make.now)
    assert [c.id for c in store.customers()] == ["bakery"]


@pytest.mark.parametrize("ids", [["web1", "web1"], ["web1", ""]])
def test_resources_need_ids_of_their_own(store, make, ids):
    """An empty id would be taken for the finish."""
    with pytest.raises(ValueError, match="id of its own"):
        store.start_run(make.run(), "plan", [(make.customer(), ids)], make.now)


def test_customers_come_back_as_they_were(store, make):
    """A report needs no inventory: networks, secrets' references and times are all there, as of the latest run."""
    old, new = make.customer("bakery", ["a"]), make.customer("bakery", ["a", "b"])
    store.start_run(make.run(1), "plan", [(old, ["a"]), (make.customer("cafe"), ["web1"])], make.now)
    store.start_run(make.run(2), "plan", [(new, ["a", "b"])], make.now)
    assert store.customers() == (new, make.customer("cafe"))
    assert store.customers_of(make.run(1).id) == (old, make.customer("cafe"))


def test_times_without_a_zone_are_refused(store, make):
    """A naive time is an error where it enters, not an hour off in a report."""
    naive = datetime(2026, 11, 22)
    with pytest.raises(ValueError, match="no time zone"):
        store.start_run(replace(make.run(), started=naive), "plan", [], make.now)
    store.start_run(make.run(), "plan", [(make.customer(), ["web1"])], make.now)
    with pytest.raises(ValueError, match="no time zone"):
        store.claim(make.run().id, "w", make.lease, naive)
    unit = store.claim(make.run().id, "w", make.lease, make.now)
    with pytest.raises(ValueError, match="no time zone"):
        store.commit(unit, make.result(), make.sees(unit, "80/tcp", now=naive), make.now)


def test_times_come_back_aware_and_in_utc(store, make):
    """Whatever zone they were given in."""
    berlin = datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    store.start_run(replace(make.run(), started=berlin), "plan", [], make.now)
    found = store.run(make.run().id)
    assert found.started == berlin
    assert found.started.utcoffset() == timedelta(0)
    assert found.started == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


def test_a_run_of_some_checks_is_neither_the_latest_report_nor_what_the_next_is_compared_with(store, make):
    """A look at one finding must not make the rest of the report vanish, nor fake what was fixed since."""
    bakery = make.customer()
    whole = make.audit(store, 1, [bakery], "6379/tcp")
    part = replace(make.run(2), whole=False)
    store.start_run(part, "some", [(bakery, [r.id for r in bakery.resources])], part.started)
    while unit := store.claim(part.id, "worker", make.lease, part.started):
        make.close(store, unit, "6379/tcp", now=part.started)
    assert store.latest_run("bakery").id == whole.id
    assert store.customer_view("bakery", make.policy()).run.id == whole.id
    view = store.customer_view("bakery", make.policy(), part.id)
    assert not view.run.whole
    assert view.previous.id == whole.id
