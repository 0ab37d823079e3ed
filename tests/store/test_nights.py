from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from posture.engine import unit as engine_unit
from posture.model.finding import FindingStatus
from posture.model.night import Gist, LeftOut, Night, NightRules, Turn, Turns
from posture.model.severity import Severity
from posture.store.database import EVERYONE

HOUR = timedelta(hours=1)


def begin(store, make, customers, *, number=1, rules=None, opens=None, network="", closes=None):
    """A night of these customers, each with the same turns."""
    run = make.run(number)
    night = Night(f"2026-11-{number:02}", run.id, run.started, closes or run.started + 8 * HOUR)
    work = [Turns(c, tuple(Turn(r.id, network, opens, 1) for r in c.resources)) for c in customers]
    assert store.begin_night(night, run, work, rules or NightRules(), run.started)
    return night


def claim(store, make, now, worker="worker", lease=None):
    return store.claim_shared(worker, lease or make.lease, now)


def do_all(store, make, now, worker="worker"):
    while unit := claim(store, make, now, worker):
        assert make.close(store, unit, now=now)


def test_a_night_is_begun_once(store, make):
    """The second of two that begin it at once adds nothing."""
    night = begin(store, make, [make.customer("bakery", ["a", "b"])])
    again = store.begin_night(replace(night, run="other"), replace(make.run(1), id="other"), [], NightRules(), make.now)
    assert not again
    assert store.night(night.id).run == night.run
    assert store.run("other") is None


def test_what_a_night_was_planned_with_is_read_back(store, make):
    run = make.run(1)
    left = LeftOut({"cafe": "its authorization ended"}, {"shop": "every 7 nights"})
    night = Night("2026-11-01", run.id, run.started, run.started + HOUR, left_out=left)
    store.begin_night(night, run, [], NightRules(), run.started)
    assert store.night("2026-11-01") == night
    assert store.run(run.id).ended == run.started, "a night without anybody due has ended at once"


def test_units_of_a_night_are_anybodys_and_those_of_an_audit_are_not(store, make):
    """A worker on another machine knows nothing of an audit's bundles and ports."""
    audit = make.run(1)
    bakery = make.customer()
    store.start_run(audit, "plan", [(bakery, ["web1"])], audit.started)
    assert claim(store, make, audit.started) is None
    begin(store, make, [bakery], number=2)
    assert claim(store, make, audit.started + 2 * HOUR).run == make.run(2).id


def test_the_most_urgent_unit_comes_first_and_then_the_longest_unseen(store, make):
    run, customer = make.run(1), make.customer("bakery", ["new", "old", "older"])
    turns = Turns(customer, (Turn("new", priority=1), Turn("old", priority=7), Turn("older", priority=40)))
    night = Night("n", run.id, run.started, run.started + HOUR)
    store.begin_night(night, run, [turns], NightRules(), run.started)
    order = [claim(store, make, run.started).resource for _ in range(3)]
    assert order == ["older", "old", "new"]


def test_nothing_begins_before_the_customers_hours(store, make):
    started = make.run(1).started
    begin(store, make, [make.customer()], opens=started + HOUR)
    assert claim(store, make, started) is None
    assert claim(store, make, started + HOUR) is not None


def test_no_more_units_of_one_network_at_once_than_the_rules_say(store, make):
    """A lease that ran out counts no more: its worker may be gone for ever."""
    started = make.run(1).started
    hosts = [f"h{n}" for n in range(5)]
    begin(store, make, [make.customer("bakery", hosts)], rules=NightRules(per_network=2), network="198.51.100.0/24")
    first, second = claim(store, make, started, lease=HOUR), claim(store, make, started)
    assert claim(store, make, started) is None
    assert make.close(store, second)
    assert claim(store, make, started) is not None
    assert claim(store, make, started) is None
    again = claim(store, make, started + HOUR)
    assert (again.resource, again.attempt) == (first.resource, 2) or again.attempt == 1


def test_a_network_is_one_workers_at_a_time_where_the_rules_say_so(store, make):
    """The packets a second into it are counted by one process."""
    started = make.run(1).started
    hosts = [f"h{n}" for n in range(3)]
    rules = NightRules(exclusive=True)
    begin(store, make, [make.customer("bakery", hosts)], rules=rules, network="198.51.100.0/24")
    mine = claim(store, make, started, "one")
    assert claim(store, make, started, "two") is None
    assert claim(store, make, started, "one") is not None
    assert make.close(store, mine)
    assert claim(store, make, started, "two") is None, "one still holds the other"


def test_a_network_in_which_another_begins_just_now_is_passed_by_and_not_waited_for(store, make):
    """Two that each held a network and waited for the other's would both be thrown out, and the night with them."""
    started = make.run(1).started
    run = make.run(1)
    work = [
        Turns(make.customer(name, ["a"]), (Turn("a", network, None, 1),))
        for name, network in (("bakery", "198.51.100.0/24"), ("cafe", "203.0.113.0/24"))
    ]
    rules = NightRules(per_network=2)
    store.begin_night(Night("2026-11-01", run.id, started, started + 8 * HOUR), run, work, rules, started)
    if not store.database.is_postgresql:
        pytest.skip("a transaction that writes SQLite is alone")
    with store.database.writing(EVERYONE) as connection:
        store.database.queue_up(connection, "network", "198.51.100.0/24")
        assert claim(store, make, started).customer == "cafe"
        assert claim(store, make, started) is None
    assert claim(store, make, started).customer == "bakery"


def test_no_more_units_at_once_in_all_than_the_rules_say(store, make):
    started = make.run(1).started
    begin(store, make, [make.customer("bakery", ["a", "b", "c"])], rules=NightRules(total=2))
    first = claim(store, make, started, "one")
    assert claim(store, make, started, "two") is not None
    assert claim(store, make, started, "three") is None
    make.close(store, first)
    assert claim(store, make, started, "three") is not None


def test_from_the_nights_end_on_nothing_is_taken_until_it_is_wound_up(store, make):
    """Else a worker would close a customer without a look whom the leader lets keep his last report."""
    night = begin(store, make, [make.customer()])
    assert claim(store, make, night.closes) is None
    store.wind_up(night.id, "late", night.closes)
    assert store.run(night.run).ended == night.closes


def test_winding_up_lets_go_of_the_untouched_and_frees_the_rest(store, make):
    """Who was not reached at all is named and has no part in the run; who was begun comes to an end."""
    night = begin(store, make, [make.customer("bakery", ["a", "b"])])
    begun = claim(store, make, night.opened)
    make.close(store, begun, now=night.opened)
    cafe = begin(store, make, [make.customer("cafe", ["a"])], number=2)
    assert store.wind_up(night.id, "late", night.closes) == 0
    assert store.late_customers(night.id) == {}
    assert store.wind_up(cafe.id, "the night was over", cafe.closes) == 1
    assert store.late_customers(cafe.id) == {"cafe": "the night was over"}
    assert store.customers_of(cafe.run) == ()
    rest = claim(store, make, night.closes)
    assert (rest.run, rest.resource) == (night.run, ({"a", "b"} - {begun.resource}).pop())
    assert store.wind_up(cafe.id, "again", cafe.closes) == 0


def test_a_unit_that_was_taken_out_under_its_worker_writes_nothing(store, make):
    night = begin(store, make, [make.customer()])
    unit = claim(store, make, night.opened)
    store.release_leases(night.run, lambda _: True, night.opened)
    assert store.wind_up(night.id, "late", night.closes) == 0, "it was begun once: it is no untouched customer"
    assert not make.close(store, unit)


def test_one_process_leads_a_night_until_its_word_ends_or_it_is_gone(store, make):
    night = begin(store, make, [make.customer()])
    at = night.opened

    def alive(_: str) -> bool:
        return False

    assert store.lead_night(night.id, "one", HOUR, alive, at)
    assert store.lead_night(night.id, "one", HOUR, alive, at), "it may renew"
    assert not store.lead_night(night.id, "two", HOUR, alive, at)
    assert store.lead_night(night.id, "two", HOUR, lambda worker: worker == "one", at)
    assert not store.lead_night(night.id, "one", HOUR, alive, at), "who was paused learns that it leads no more"
    assert store.lead_night(night.id, "one", HOUR, alive, at + HOUR)
    store.leave_night(night.id, "two")
    assert not store.lead_night(night.id, "two", HOUR, alive, at + HOUR), "only its own word is given back"
    assert not store.end_night(night.id, "", at, "two"), "nor does it end what another leads"
    assert store.end_night(night.id, "", at, "one")
    assert not store.lead_night(night.id, "one", HOUR, alive, at), "what has ended is not led"
    assert store.open_nights() == ()


def test_a_report_is_noted_once_and_its_gist_is_kept(store, make):
    night = begin(store, make, [make.customer("bakery"), make.customer("cafe")])
    do_all(store, make, night.opened)
    assert store.unreported(night.run) == ("bakery", "cafe")
    gist = Gist(3, (("no SSH", 3),), Severity.HIGH, 2)
    store.report_written(night.run, "bakery", gist, make.now)
    assert store.unreported(night.run) == ("cafe",)
    assert store.gists(night.run) == {"bakery": gist}


def test_a_customer_with_a_late_resource_was_not_wholly_seen(store, make):
    """So that the next night begins with him, not with those who were seen."""
    night = begin(store, make, [make.customer("bakery"), make.customer("cafe", ["a", "b"])])
    while unit := claim(store, make, night.opened):
        if unit.resource:
            result = replace(make.result(unit.resource), late=unit.resource == "b")
            assert store.commit(unit, result, make.nothing, night.opened)
        else:
            assert store.finish(unit, make.nothing, night.opened)
    assert store.last_nights() == {"bakery": night.opened}
    progress = store.progress(night.run, night.opened)
    assert (progress.total, progress.done, progress.late, progress.unfinished) == (3, 3, 1, 0)


def test_progress_tells_what_is_under_way_and_what_a_dead_worker_holds(store, make):
    night = begin(store, make, [make.customer("bakery", ["a", "b", "c"])], network="198.51.100.0/24")
    claim(store, make, night.opened, lease=HOUR)
    claim(store, make, night.opened, lease=3 * HOUR)
    seen = store.progress(night.run, night.opened + 2 * HOUR)
    assert (seen.queued, seen.leased, seen.lapsed, seen.networks, seen.unfinished) == (1, 1, 1, 1, 1)


def test_standings_count_this_nights_customers_and_what_it_fixed(store, make):
    first = begin(store, make, [make.customer("bakery", ["a"]), make.customer("cafe", ["a"])])
    while unit := claim(store, make, first.opened):
        make.close(store, unit, "1/tcp", "2/tcp", now=first.opened)
    second = begin(store, make, [make.customer("bakery", ["a"])], number=2)
    while unit := claim(store, make, second.opened):
        make.close(store, unit, "1/tcp", now=second.opened)
    found = {(s.status, s.severity): s.count for s in store.standings(second.run)}
    assert found == {(FindingStatus.OPEN, Severity.CRITICAL): 1, (FindingStatus.RESOLVED, Severity.CRITICAL): 1}


@pytest.mark.parametrize("rules", [NightRules(), NightRules(3, 7, True, False, "digest")])
def test_the_rules_reach_whoever_takes_a_unit(store, make, rules):
    night = begin(store, make, [make.customer()], rules=rules)
    assert store.rules_of(night.run) == rules


def test_a_unit_that_takes_its_worker_down_again_and_again_is_counted_as_given_up(store, make):
    """A death counts as no attempt, as the others in the same process did nothing wrong; ten deaths do."""
    night = begin(store, make, [make.customer()])
    for _ in range(engine_unit.MOST_BEGINNINGS):
        unit = claim(store, make, night.opened)
        assert not engine_unit.given_up(unit)
        store.release_leases(night.run, lambda _: True, night.opened)
    unit = claim(store, make, night.opened)
    assert unit.attempt == 1
    assert engine_unit.given_up(unit)
    make.close(store, unit)
    assert store.progress(night.run, night.opened).given_up == 1
