from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from posture.model.assessment import Assessment
from posture.model.finding import FindingStatus
from posture.model.run import Source, SourceState
from posture.model.unit import UnitResult
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.store import StoreError, schema
from posture.store.database import EVERYONE


def test_a_view_holds_the_latest_complete_run(store, make):
    """Also when a newer one is under way; and nothing where there was none."""
    assert store.customer_view("bakery", make.policy()) is None
    first = make.audit(store, 1, [make.customer()], "6379/tcp")
    second = make.audit(store, 2, [make.customer()], "6379/tcp")
    store.start_run(make.run(3), "plan", [(make.customer(), ["web1"])], make.now, vantage="from here")
    view = store.customer_view("bakery", make.policy())
    assert (view.run.id, view.previous.id) == (second.id, first.id)
    assert view.run.ended == second.started
    assert view.customer == make.customer()
    assert view.policy == make.policy()
    assert [a.resource for a in view.assessments] == ["web1"]
    assert [f.status for f in view.findings] == [FindingStatus.OPEN]
    under_way = store.customer_view("bakery", make.policy(), make.run(3).id)
    assert (under_way.run.ended, under_way.previous.id) == (None, second.id)
    assert under_way.vantage == "from here"
    assert under_way.assessments == ()
    assert store.customer_view("bakery", make.policy(), "no such run") is None
    assert store.customer_view("nobody", make.policy(), second.id) is None


def test_what_a_run_resolved_is_in_its_view_and_not_in_the_next(store, make):
    """A customer sees what is fixed once."""
    make.audit(store, 1, [make.customer()], "6379/tcp", "23/tcp")
    make.audit(store, 2, [make.customer()], "6379/tcp")
    view = store.customer_view("bakery", make.policy())
    assert {(f.subject, f.status.value) for f in view.findings} == {("6379/tcp", "open"), ("23/tcp", "resolved")}
    make.audit(store, 3, [make.customer()], "6379/tcp")
    assert {f.subject for f in store.customer_view("bakery", make.policy()).findings} == {"6379/tcp"}


def test_a_view_says_who_accepted_what(store, make):
    """The newest acceptance of a finding that is accepted, and none of the others."""
    make.audit(store, 1, [make.customer()], "6379/tcp", "23/tcp")
    first, second = store.findings()
    store.accept(make.acceptance(first))
    store.accept(newest := replace(make.acceptance(first), reason="moved later"))
    view = store.customer_view("bakery", make.policy())
    assert view.acceptances == (newest,)
    assert {f.id: f.status for f in view.findings} == {first.id: FindingStatus.ACCEPTED, second.id: FindingStatus.NEW}


def test_a_customer_is_complete_before_the_run_is(store, make):
    """Once all hosts are looked at, its report does not wait for the others'."""
    run = make.run()
    store.start_run(run, "plan", [(make.customer("bakery", []), []), (make.customer("cafe"), ["web1"])], make.now)
    for _ in range(2):
        make.close(store, store.claim(run.id, "w", make.lease, make.now))
    (ended,) = {"bakery", "cafe"} - {store.claim(run.id, "w", make.lease, make.now).customer}
    assert store.customer_view(ended, make.policy()).run.ended == make.now
    assert store.run(run.id).ended is None


names = st.lists(st.sampled_from([f"c{i}" for i in range(9)]), min_size=2, max_size=4, unique=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(names=names, subjects=st.lists(st.sampled_from("abc"), unique=True), data=st.data())
def test_a_view_says_nothing_of_another_customer(store, make, names, subjects, data):
    """Every text of every customer carries its mark; no mark of one is found in the view of another."""
    number = data.draw(st.integers(0, 10**9).filter(lambda n: store.run(f"r{n:012}") is None))
    run = replace(make.run(), id=f"r{number:012}")
    customers = [replace(make.customer(n, ["h1", "h2"]), contact=f"mark-{n}-mark") for n in names]
    store.start_run(run, "plan", [(c, ["h1", "h2"]) for c in customers], make.now)
    while unit := store.claim(run.id, "w", make.lease, make.now):
        mark = f"mark-{unit.customer}-mark"
        if unit.resource:
            verdict = Verdict(Outcome.FAIL, mark, mark, None, (Evidence(mark, mark, make.now),), (("name", mark),))
            result = UnitResult(
                mark.encode(),
                (Assessment(make.check(), unit.resource, Outcome.FAIL, mark, (verdict,)),),
                (Source(mark, SourceState.MISSING, note=mark), Source("of all", SourceState.CURRENT, make.now)),
            )
            found = [make.finding(unit.customer, unit.resource, s, summary=mark) for s in subjects]
            store.commit(unit, result, lambda _p, _a, found=found: found, make.now)
        else:
            store.finish(unit, make.nothing, make.now)
    for name in names:
        seen = repr((
            store.customer_view(name, make.policy(), run.id),
            store.findings(name),
            list(store.facts(run.id, name)),
        ))  # fmt: skip
        assert f"mark-{name}-mark" in seen
        assert not [other for other in names if other != name and f"mark-{other}-mark" in seen]
        assert {r.customer for r in store.facts(run.id, name)} == {name}
        sources = store.customer_view(name, make.policy(), run.id).run.sources
        assert [source.name for source in sources] == [f"mark-{name}-mark", "of all"]


def test_a_source_that_hosts_met_in_several_states_is_named_once_in_the_worst_of_them(store, make):
    """In whatever order the hosts were done; a host of a run that is still under way counts, too."""
    run, hosts = make.run(), ["a", "b", "c", "d"]
    fresh = Source("index", SourceState.CURRENT, make.now, make.now)
    stale = replace(fresh, state=SourceState.STALE, note="two days old")
    older = replace(stale, fetched=make.now - timedelta(hours=1))
    met = {"a": (fresh,), "b": (older, Source("another", SourceState.MISSING)), "c": (stale,), "d": ()}
    store.start_run(run, "plan", [(make.customer("bakery", hosts), hosts)], make.now)
    for _ in hosts:
        unit = store.claim(run.id, "w", make.lease, make.now)
        store.commit(unit, replace(make.result(unit.resource), sources=met[unit.resource]), make.nothing, make.now)
    found = store.customer_view("bakery", make.policy(), run.id).run.sources
    assert found == (Source("another", SourceState.MISSING), older)


def test_stored_results_can_be_judged_again(store, make):
    """Facts come back byte for byte, page after page."""
    hosts = [f"h{i:03}" for i in range(230)]
    run = make.audit(store, 1, [make.customer("bakery", hosts)])
    stored = list(store.facts(run.id))
    assert sorted(r.resource for r in stored) == hosts
    for customer, resource, facts, assessments in stored:
        assert customer == "bakery"
        assert facts == make.result(resource, at=run.started).facts
        assert assessments == make.result(resource, at=run.started).assessments


def test_facts_changed_after_storing_are_noticed(store, make):
    """A replay stands on what was seen, or says that it cannot."""
    run = make.audit(store, 1, [make.customer()])
    with store.database.writing(EVERYONE) as connection:
        connection.execute(update(schema.fact_set).values(facts=zlib.compress(b"forged")))
    with pytest.raises(StoreError, match="changed"):
        list(store.facts(run.id))


def test_the_digest_does_not_depend_on_time_run_or_order(store, make):
    """Two runs that saw the same say the same; one that saw something else does not."""
    for number in (1, 2, 3):
        make.audit(store, number, [make.customer("bakery", ["a", "b", "c"])], "6379/tcp")
    digests = [store.digest(make.run(n).id) for n in (2, 3)]
    assert digests[0] == digests[1]
    make.audit(store, 4, [make.customer("bakery", ["a", "b", "c"])], "23/tcp")
    assert store.digest(make.run(4).id) != digests[0]
    assert store.digest(make.run(4).id, "bakery") == store.digest(make.run(4).id)
    assert store.digest(make.run(4).id, "cafe") != store.digest(make.run(4).id)
