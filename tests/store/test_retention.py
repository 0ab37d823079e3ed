from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from every_table import fill

from posture.model.delivery import DeliveryKey, DeliveryState
from posture.model.dispute import Dispute
from posture.model.hold import LegalHold
from posture.model.night import Gist, Night, NightRules, Turn, Turns
from posture.store import open_store
from posture.store.database import EVERYONE
from posture.store.retention import ORDER, Cut
from posture.store.schema import METADATA

DAY = timedelta(days=1)


@pytest.fixture
def history(store, make):
    """Ten daily runs of two customers with two hosts; one finding is open, one was resolved on the third day."""
    customers = [make.customer("bakery", ["a", "b"]), make.customer("cafe", ["a", "b"])]
    for number in range(1, 11):
        make.audit(store, number, customers, *(["6379/tcp", "80/tcp"] if number < 3 else ["6379/tcp"]))
    return [make.run(number) for number in range(1, 11)]


def cut(make, facts: int, history: int) -> Cut:
    """Runs before these numbers are old."""
    return Cut(make.run(facts).started, make.run(history).started)


def gone(store, which, *, only_count=False):
    return {
        one.table: one.rows for one in store.prune(which, only_count=only_count) if one.rows and one.table != "content"
    }


def test_facts_go_after_their_time_and_outcomes_stay(store, make, history):
    """Of each resource the newest look stays, and what open findings stand on."""
    assert gone(store, cut(make, 8, 1), only_count=True) == {"fact_set": 2 * 2 * 7}
    assert gone(store, cut(make, 8, 1)) == {"fact_set": 2 * 2 * 7}
    assert gone(store, cut(make, 8, 1)) == {}, "twice is as once"
    assert list(store.facts(history[6].id)) == []
    assert len(list(store.facts(history[7].id))) == 4
    assert store.last_facts("bakery", "a") is not None
    assert store.customer_view("bakery", make.policy(), history[2].id).assessments


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_what_goes_is_the_same_in_portions_of_any_size(store, make, history, monkeypatch, rows):
    """Units are asked about in portions, so that pruning takes as long as there is much to prune."""
    counted = gone(store, cut(make, 8, 6), only_count=True)
    monkeypatch.setattr("posture.store.retention.AT_ONCE", rows)
    went = gone(store, cut(make, 8, 6))
    assert {table: went[table] for table in ("fact_set", "outcome")} == {
        table: counted[table] for table in ("fact_set", "outcome")
    }
    assert went["fact_set"] > 3 * rows
    assert gone(store, cut(make, 8, 6)) == {}


def test_what_nobody_needs_any_more_goes_wholly(store, make, history):
    """Old runs, and findings resolved long ago; what is newest stays whatever its age."""
    many = timedelta(days=9_000)
    gone(store, Cut(make.now + many, make.now + many))
    assert store.run(history[9].id) is not None
    assert {f.subject for f in store.findings()} == {"6379/tcp"}
    assert [store.run(run.id) is not None for run in history[2:9]] == [False] * 7
    assert store.customer_view("bakery", make.policy()).findings
    assert store.last_facts("cafe", "b") is not None
    make.audit(store, 11, [make.customer("bakery", ["a", "b"])], "6379/tcp")


def test_a_look_that_was_the_last_to_see_a_resource_stays(store, make):
    """A host that is dark since: the next look goes on from what was known."""
    bakery = make.customer("bakery", ["a"])
    make.audit(store, 1, [bakery])
    for number in range(2, 6):
        run = make.run(number)
        store.start_run(run, "plan", [(bakery, ["a"])], run.started)
        while unit := store.claim(run.id, "worker", make.lease, run.started):
            if unit.resource:
                store.commit(unit, replace(make.result("a"), looked=False), make.nothing, run.started)
            else:
                store.finish(unit, make.nothing, run.started)
    facts = store.last_facts("bakery", "a")
    gone(store, cut(make, 9, 9))
    assert store.last_facts("bakery", "a") == facts is not None


def test_a_hold_keeps_a_customer_whole_and_others_go(store, make, history):
    store.add_hold(LegalHold("bakery", "", "Jane Doe", "LG Berlin 12 O 34/26", make.now))
    before = [list(store.facts(run.id, "bakery")) for run in history]
    gone(store, cut(make, 10, 9))
    assert [list(store.facts(run.id, "bakery")) for run in history] == before
    assert list(store.facts(history[3].id, "cafe")) == []
    store.add_hold(LegalHold("bakery", "", "Jane Doe", "settled", make.now, lifted=True))
    assert store.holds() == ()
    assert len(store.holds("bakery", history=True)) == 2
    assert gone(store, cut(make, 10, 9))["fact_set"] > 0


@pytest.mark.parametrize(("held", "other"), [("bakery", "cafe"), ("cafe", "bakery")])
def test_a_hold_keeps_every_row_of_a_customer_in_every_table(store, make, held, other):
    """Whatever tables there are; and all the others' that is old goes at the same time."""
    fill(store, make)
    fill(store, make, again=True)
    store.add_hold(LegalHold(held, "", "Jane Doe", "LG Berlin 12 O 34/26", make.now))
    before, others = rows_of(store, held), rows_of(store, other)
    assert all(before[table] or others[table] for table in before), "a table is not filled"
    many = timedelta(days=9_000)
    gone(store, Cut(make.now + many, make.now + many))
    assert rows_of(store, held) == before
    now = rows_of(store, other)
    assert all(len(now[table]) < len(others[table]) for table in ("scan_unit", "customer_run", "outcome", "fact_set"))
    store.add_hold(LegalHold(held, "", "Jane Doe", "settled", make.now, lifted=True))
    assert gone(store, Cut(make.now + many, make.now + many))["scan_unit"] > 0


def rows_of(store, customer):
    """Every table's rows of one customer."""
    with store.database.reading(EVERYONE) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select().where(table.c.customer == customer))))
            for table in METADATA.sorted_tables
            if "customer" in table.c
        }


def test_a_hold_on_a_finding_keeps_it_and_what_it_stands_on(store, make, history):
    resolved = next(f for f in store.findings() if f.subject == "80/tcp" and f.customer == "bakery")
    store.add_hold(LegalHold("bakery", resolved.id, "Jane Doe", "dispute", make.now))
    gone(store, cut(make, 10, 9))
    assert store.finding(resolved.id) == resolved
    assert store.history(resolved.id)
    assert {f.subject for f in store.findings("cafe")} == {"6379/tcp"}


def test_a_disputed_finding_stays(store, make, history):
    """Disputes are never deleted, so what they are about is not either."""
    known = next(f for f in store.findings() if f.customer == "bakery" and f.subject == "6379/tcp")
    store.raise_dispute(Dispute(known.id, "bakery", known.times_reopened, known.severity, "a honeypot", "Jo", make.now))
    make.audit(store, 11, [make.customer("bakery", ["a", "b"])])
    make.audit(store, 12, [make.customer("bakery", ["a", "b"])])
    many = timedelta(days=9_000)
    gone(store, Cut(make.now + many, make.now + many))
    assert store.finding(known.id) is not None
    assert store.disputes("bakery")


def unconfirmed(unit):
    """What a look makes of findings whose check it could not assess."""
    return lambda known, _: [replace(f, last_run=unit.run, unconfirmed_runs=f.unconfirmed_runs + 1) for f in known]


def test_what_last_showed_an_open_finding_stays(store, make):
    """The looks since then got an answer, but not what the check needs: a login that fails, say."""
    bakery = make.customer("bakery", ["a"])
    make.audit(store, 1, [bakery], "6379/tcp")
    make.audit(store, 2, [bakery], "6379/tcp")
    for number in range(3, 9):
        run = make.run(number)
        store.start_run(run, "plan", [(bakery, ["a"])], run.started)
        while unit := store.claim(run.id, "worker", make.lease, run.started):
            if unit.resource:
                store.commit(unit, make.result("a", at=run.started), unconfirmed(unit), run.started)
            else:
                store.finish(unit, make.nothing, run.started)
    gone(store, cut(make, 8, 8))
    assert [len(list(store.facts(make.run(number).id))) for number in range(1, 9)] == [0, 1, 0, 0, 0, 0, 0, 1]


def test_what_last_showed_a_resolved_finding_stays_while_it_is_held(store, make, history):
    resolved = next(f for f in store.findings("bakery") if f.subject == "80/tcp")
    store.add_hold(LegalHold("bakery", resolved.id, "Jane Doe", "dispute", make.now))
    gone(store, cut(make, 10, 9))
    assert {facts.resource for facts in store.facts(history[1].id, "bakery")} >= {resolved.resource}
    assert list(store.facts(history[1].id, "cafe")) == []


def test_a_night_stays_while_it_names_a_customer_who_is_held(store, make):
    """He came too late in it; nothing else of the night is in the way of what is pruned."""
    for number, closes in ((1, True), (2, False)):
        run = make.run(number)
        night = Night(f"n{number}", run.id, run.started, run.started + DAY / 3)
        work = [Turns(make.customer(one), (Turn("web1"),)) for one in ("bakery", "cafe")]
        assert store.begin_night(night, run, work, NightRules(), run.started)
        if closes:
            store.wind_up(night.id, "the night ended", run.started)
        while unit := store.claim_shared("worker", make.lease, run.started):
            make.close(store, unit, now=run.started)
        for one in ("bakery", "cafe") if not closes else ():
            store.report_written(run.id, one, Gist(), run.started)
        store.end_night(night.id, "", run.started)
    assert set(store.late_customers("n1")) == {"bakery", "cafe"}
    store.add_hold(LegalHold("bakery", "", "Jane Doe", "LG Berlin 12 O 34/26", make.now))
    many = timedelta(days=9_000)
    gone(store, Cut(make.now + many, make.now + many))
    assert set(store.late_customers("n1")) == {"bakery"}
    store.add_hold(LegalHold("bakery", "", "Jane Doe", "settled", make.now, lifted=True))
    gone(store, Cut(make.now + many, make.now + many))
    assert [night.id for night in store.nights(9)] == ["n2"]


def test_what_was_sent_of_the_newest_run_is_not_sent_again(store, make, history):
    """However old: a customer who is looked at no more, or whose schedule is rare."""
    keys = [DeliveryKey("bakery", history[n].id, "email", "jo@bakery.example") for n in (4, 9)]
    for key in keys:
        store.save_delivery(replace(store.claim_delivery(key, make.now), state=DeliveryState.SENT))
    many = timedelta(days=9_000)
    assert gone(store, Cut(make.now + many, make.now + many))["delivery"] == 1
    assert store.claim_delivery(keys[1], make.now) is None


def test_old_nights_go_with_their_runs(store, make):
    for number in range(1, 5):
        run = make.run(number)
        night = Night(f"n{number}", run.id, run.started, run.started + DAY / 3)
        work = [Turns(make.customer(), (Turn("web1"),))]
        assert store.begin_night(night, run, work, NightRules(), run.started)
        while unit := store.claim_shared("worker", make.lease, run.started):
            make.close(store, unit, now=run.started)
        store.report_written(run.id, "bakery", Gist(), run.started)
        store.end_night(night.id, "", run.started)
    gone(store, cut(make, 4, 4))
    assert [night.id for night in store.nights(9)] == ["n4"]
    assert store.run(make.run(1).id) is None


def test_contents_go_with_the_last_that_needs_them(store, make):
    """What is stored once for many nights stays for as long as one of them."""
    bakery = make.customer("bakery", ["a"])
    for number in range(1, 6):
        make.audit(store, number, [bakery], "6379/tcp", facts="old" * 2000 if number < 3 else "new" * 2000)
    assert len(contents(store)) == 2 + 1, "two states of the facts, one of the outcomes"
    gone(store, cut(make, 3, 1))
    assert len(contents(store)) == 1 + 1
    assert b"newnew" in store.last_facts("bakery", "a")


def contents(store):
    with store.database.reading("bakery") as connection:
        return connection.execute(METADATA.tables["content"].select()).all()


def test_a_run_under_way_is_left_alone(store, make, history):
    late = make.run(11)
    store.start_run(late, "plan", [(make.customer("bakery", ["a"]), ["a"])], late.started)
    unit = store.claim(late.id, "worker", make.lease, late.started)
    many = timedelta(days=9_000)
    gone(store, Cut(make.now + many, make.now + many))
    assert make.close(store, unit, "6379/tcp")


def test_every_table_is_pruned_or_kept_on_purpose():
    """A table that is added later must not grow for ever unnoticed."""
    kept = {
        *("scan_action", "ssh_pin", "challenge", "verified_grant", "proof", "revocation", "dispute", "legal_hold"),
        *("enforcement_proposal", "enforcement_handing", "enforcement_record"),
        *("key_look", "key_sighting", "rsa_modulus", "shared_prime"),  # one row a key: they do not grow with time
    }
    assert {table.name for table in ORDER} | {"content"} | kept == set(METADATA.tables)


def test_a_file_gets_smaller(tmp_path, make):
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        customers = [make.customer(f"c{n}", [f"h{m}" for m in range(10)]) for n in range(5)]
        for number in range(1, 8):
            make.audit(store, number, customers, "6379/tcp", "80/tcp")
        before = (tmp_path / "posture.db").stat().st_size + (tmp_path / "posture.db-wal").stat().st_size
        gone(store, cut(make, 7, 7))
        store.shrink()
    assert (tmp_path / "posture.db").stat().st_size < before / 2
