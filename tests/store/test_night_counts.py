from __future__ import annotations

from datetime import timedelta

from posture.engine import unit as engine_unit
from posture.model.night import BusyNetwork, Gist, Night, NightRules, Reach, Turn, Turns, Way
from posture.store.runs import FINISH

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WORKER = "one"


def begin(store, make, *turns):
    """A night of customers, each with its turns."""
    run = make.run(1)
    night = Night("2026-11-01", run.id, run.started, run.started + 8 * HOUR)
    work = [Turns(make.customer(name, [turn.resource for turn in theirs]), theirs) for name, *theirs in turns]
    assert store.begin_night(night, run, work, NightRules(), run.started)
    return night


def claim(store, night, worker=WORKER, at=None, lease=HOUR):
    return store.claim_shared(worker, lease, at or night.opened)


def test_how_far_a_nights_customers_are(store, make):
    night = begin(store, make, ("bakery", Turn("a", priority=9)), ("cafe", Turn("a")), ("shop", Turn("a")))
    assert store.reach(night.run) == Reach(3, 0, 0, 0)
    for _ in range(4):
        make.close(store, claim(store, night), now=night.opened)
    assert store.reach(night.run) == Reach(3, 1, 1, 0)
    finished = next(unit for unit in ("bakery", "cafe", "shop") if unit in store.unreported(night.run))
    store.report_written(night.run, finished, Gist(), make.now)
    assert store.reach(night.run) == Reach(3, 1, 1, 1)
    assert store.reach("another") == Reach()


def test_what_was_given_up_is_named_and_the_number_of_names_is_bounded(store, make):
    night = begin(store, make, ("bakery", Turn("b"), Turn("a"), Turn("good", priority=-1)))
    now = night.opened
    for _ in range(2 * (engine_unit.MOST_ATTEMPTS + 1)):
        unit = claim(store, night, at=now, lease=MINUTE)
        if engine_unit.given_up(unit):
            make.close(store, unit, now=now)
        else:
            now += 2 * MINUTE
    while (unit := claim(store, night, at=now)) is not None:
        make.close(store, unit, now=now)
    assert store.given_up(night.run, 9) == (("bakery", "a"), ("bakery", "b"))
    assert store.given_up(night.run, 1) == (("bakery", "a"),)


def test_the_way_of_a_night_tells_who_works_where_and_what_waits(store, make):
    busy, calm = "198.51.100.0/24", "203.0.113.0/24"
    night = begin(
        store,
        make,
        ("bakery", Turn("a", busy, None, 9), Turn("b", busy, None, 9), Turn("c", busy, night_later(make, 3), 9)),
        ("cafe", Turn("a", calm, night_later(make, 1), 5), Turn("b", calm, None, 4)),
    )
    assert store.way(night.run, night.opened) == Way(waiting_since=night.opened)
    claim(store, night, "one")
    claim(store, night, "two")
    claim(store, night, "one")
    seen = store.way(night.run, night.opened)
    assert (seen.workers, seen.waiting_since) == (2, None), "what opens later does not wait yet"
    assert seen.networks == (BusyNetwork(busy, 2, 1), BusyNetwork(calm, 1, 1))
    late = night.opened + 2 * HOUR
    seen = store.way(night.run, late)
    assert seen.waiting_since == night.opened + HOUR
    assert (seen.workers, seen.lapsed_ever, seen.networks) == (0, 3, ())
    claim(store, night, "three", at=late)
    assert store.way(night.run, late).lapsed_ever == 3, "a lease that ran out counts once, also when it is begun again"


def night_later(make, hours):
    return make.run(1).started + hours * HOUR


def test_a_night_that_is_over_waits_for_nothing(store, make):
    night = begin(store, make, ("bakery", Turn("a", "198.51.100.0/24")))
    while (unit := claim(store, night)) is not None:
        assert unit.resource in {"a", FINISH}
        make.close(store, unit, now=night.opened)
    assert store.way(night.run, night.opened + HOUR) == Way()
