from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from posture.model.finding import FindingStatus
from posture.model.severity import Severity
from posture.store import UnknownFinding
from posture.store.errors import NothingToAccept


def started(store, make, number, customer="bakery"):
    store.start_run(make.run(number), "plan", [(make.customer(customer), ["web1"])], make.now)
    return store.claim(make.run(number).id, "w", make.lease, make.now)


def test_a_finding_comes_back_as_it_was(store, make):
    """Evidence, details of every type and times survive."""
    unit = started(store, make, 1)
    finding = make.finding(last_run=unit.run)
    store.commit(unit, make.result(), lambda _p, _a: [finding], make.now)
    assert store.findings() == (finding,)
    assert store.finding(finding.id) == finding
    assert store.finding("F-0000000000000000") is None


def test_a_lone_surrogate_does_not_lose_the_unit(store, make):
    """What a host says may not keep its own finding out of the database."""
    unit = started(store, make, 1)
    finding = make.finding(last_run=unit.run, summary="banner \ud800 \0 ends")
    store.commit(unit, make.result(), lambda _p, _a: [finding], make.now)
    assert store.finding(finding.id).summary == "banner ? \0 ends"


def test_findings_are_chosen_and_the_worst_come_first(store, make):
    """By customer, status and severity."""
    unit = started(store, make, 1)
    low = make.finding(subject="a", severity=Severity.LOW, status=FindingStatus.RESOLVED)
    high = make.finding(subject="b", severity=Severity.HIGH)
    store.commit(unit, make.result(), lambda _p, _a: [low, high], make.now)
    other = started(store, make, 2, "cafe")
    critical = make.finding("cafe")
    store.commit(other, make.result(), lambda _p, _a: [critical], make.now)
    assert store.findings() == (critical, high, low)
    assert store.findings("bakery") == (high, low)
    assert store.findings(least=Severity.HIGH) == (critical, high)
    assert store.findings(statuses={FindingStatus.RESOLVED}) == (low,)


def test_history_has_a_line_for_each_change_of_status(store, make):
    """New, open, resolved; a run that saw the same adds nothing."""
    bakery = make.customer()
    runs = [make.audit(store, n, [bakery], *subjects).id for n, subjects in enumerate([["x"], ["x"], ["x"], []], 1)]
    (finding,) = store.findings()
    changes = store.history(finding.id)
    assert [(c.run, c.status.value) for c in changes] == [(runs[0], "new"), (runs[1], "open"), (runs[3], "resolved")]
    assert finding.first_seen == make.run(1).started


def test_an_older_run_does_not_overwrite_a_newer_one(store, make):
    """A unit of yesterday that comes home today leaves the findings as today's saw them, and adds none of its own."""
    make.audit(store, 1, [make.customer()], "6379/tcp")
    late = started(store, make, 2)
    make.audit(store, 3, [make.customer()], "6379/tcp")
    before = store.findings()
    assert make.close(store, late, "23/tcp")
    assert store.findings() == before
    finish = store.claim(late.run, "w", make.lease, make.now)
    assert store.finish(finish, lambda previous, _a: [replace(f, summary="old") for f in previous], make.now)
    assert store.findings() == before
    assert {r.resource for r in store.facts(late.run)} == {"web1"}


def test_an_older_finish_does_not_touch_what_a_newer_run_wrote(store, make):
    """Also while the newer run is still under way."""
    late = started(store, make, 1)
    make.close(store, late, "6379/tcp")
    newer = started(store, make, 2)
    make.close(store, newer, "6379/tcp")
    before = store.findings()
    finish = store.claim(late.run, "w", make.lease, make.now)
    assert store.finish(finish, lambda previous, _a: [replace(f, summary="old") for f in previous], make.now)
    assert store.findings() == before


@pytest.mark.parametrize("wrong", [{"customer": "cafe"}, {"resource": "db1"}])
def test_a_finding_of_somebody_else_is_refused(store, make, wrong):
    """A unit writes its own resource's findings only."""
    unit = started(store, make, 1)
    with pytest.raises(ValueError, match="not the unit's"):
        store.commit(unit, make.result(), lambda _p, _a: [make.finding(**wrong)], make.now)
    assert store.findings() == ()


def test_accepting_a_risk_is_seen_at_once_and_told_to_the_next_run(store, make):
    """The finding is accepted from now on; who, why and until when are given to the lifecycle."""
    make.audit(store, 1, [make.customer()], "6379/tcp", "23/tcp")
    finding = next(f for f in store.findings() if f.subject == "6379/tcp")
    acceptance = make.acceptance(finding)
    assert store.accept(acceptance).status is FindingStatus.ACCEPTED
    assert store.finding(finding.id) == replace(finding, status=FindingStatus.ACCEPTED)
    assert [c.status.value for c in store.history(finding.id)] == ["new", "accepted"]
    assert store.acceptances("bakery") == (acceptance,)
    unit, told = started(store, make, 2), []
    store.commit(unit, make.result(), lambda _p, acceptances: told.extend(acceptances) or (), make.now)
    assert told == [acceptance]


def test_accepting_needs_a_finding_of_that_customer(store, make):
    """Another customer's finding cannot be accepted by its id."""
    make.audit(store, 1, [make.customer(), make.customer("cafe")], "6379/tcp")
    (theirs,) = store.findings("cafe")
    with pytest.raises(UnknownFinding, match="posture findings"):
        store.accept(replace(make.acceptance(theirs), customer="bakery"))
    assert store.acceptances("bakery") == store.acceptances("cafe") == ()


def test_a_resolved_finding_cannot_be_accepted(store, make):
    """Nobody knows what comes back, if it does: an acceptance in advance would hide it."""
    make.audit(store, 1, [make.customer()], "6379/tcp")
    make.audit(store, 2, [make.customer()])
    (finding,) = store.findings()
    with pytest.raises(NothingToAccept, match="resolved"):
        store.accept(make.acceptance(finding))
    assert store.acceptances("bakery") == ()


@pytest.mark.parametrize("since", [{"severity": Severity.CRITICAL}, {"times_reopened": 1}])
def test_a_finding_that_changed_since_it_was_looked_at_is_not_accepted(store, make, since):
    """Who accepts says which risk; a graver one, or one that came back, is another."""
    unit = started(store, make, 1)
    seen = make.finding(last_run=unit.run, severity=Severity.HIGH)
    store.commit(unit, make.result(), lambda _p, _a: [replace(seen, **since)], make.now)
    with pytest.raises(NothingToAccept, match="Look at it again"):
        store.accept(make.acceptance(seen))
    assert store.findings() == (replace(seen, **since),)


def test_an_acceptance_is_shortened_by_another_one(store, make):
    """Both are kept; the one given last is told last."""
    make.audit(store, 1, [make.customer()], "6379/tcp")
    (finding,) = store.findings()
    long = make.acceptance(finding)
    short = replace(long, until=long.accepted_at + timedelta(days=1), severity=Severity.CRITICAL)
    assert [store.accept(a).status for a in (long, short)] == [FindingStatus.ACCEPTED] * 2
    assert store.acceptances("bakery") == (long, short)
    assert store.customer_view("bakery", make.policy()).acceptances == (short,)


@pytest.mark.parametrize("more", [0, 600])
def test_who_finishes_a_customer_is_told_what_left_the_inventory_and_what_is_new(store, make, more):
    """A host of another name takes over what was found under the old one; nobody decodes all the rest for that."""
    make.audit(store, 1, [make.customer("bakery", ["gone", "stays"])], "6379/tcp")
    run, told = make.run(2), []
    store.start_run(run, "plan", [(make.customer("bakery", ["stays", "another"]), ["stays", "another"])], make.now)
    while (unit := store.claim(run.id, "worker", timedelta(minutes=1), make.now)) and unit.resource:
        store.commit(unit, make.result(unit.resource), make.sees(unit, "6379/tcp"), make.now)
    present = ["stays", "another", *(f"h{n}" for n in range(more))]
    assert store.finish(unit, lambda known, _: told.extend(known) or (), make.now, None, present)
    least = {"gone", "another"}
    assert {finding.resource for finding in told} == (least | {"stays"} if more else least)
