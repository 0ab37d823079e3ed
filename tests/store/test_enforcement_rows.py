from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from owner import as_owner
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from posture.model.dispute import Dispute, DisputeState
from posture.model.enforcement import Measure, RecordState, StepKey, StepRecord
from posture.model.finding import FindingStatus
from posture.model.resource import ResourceKind
from posture.store import StoreError
from posture.store.database import EVERYONE
from posture.store.errors import NothingToDispute, NothingToRecord, UnknownFinding
from posture.store.schema import dispute, enforcement_handing, enforcement_proposal, enforcement_record

HOUR = timedelta(hours=1)


@pytest.fixture
def found(store, make):
    """A finding of the first night."""
    make.audit(store, 1, [make.customer()], "6379/tcp")
    return store.findings()[0]


def raised(finding, make, **other):
    plain = Dispute(finding.id, finding.customer, finding.times_reopened, finding.severity, "honeypot", "bob", make.now)
    return replace(plain, **other)


def step(finding, measure=Measure.ISOLATE_PORT, **other):
    return StepKey(finding.customer, finding.id, finding.times_reopened, measure, **other)


def done(finding, make, measure=Measure.ISOLATE_PORT, state=RecordState.DONE):
    return StepRecord(finding.customer, finding.id, 0, measure, state, make.now, "jane", "ticket 7")


def test_a_dispute_is_raised_once_and_decided_once(store, make, found):
    """Who, when and why are kept of both."""
    store.raise_dispute(raised(found, make))
    with pytest.raises(NothingToDispute, match="disputed already"):
        store.raise_dispute(raised(found, make))
    at = make.now + HOUR
    decided = store.decide_dispute(found.id, DisputeState.REJECTED, at, "jane", "it is none")
    assert store.disputes("bakery") == (decided,)
    assert (decided.state, decided.reason, decided.decision) == (DisputeState.REJECTED, "honeypot", "it is none")
    assert (decided.decided_at, decided.decided_by) == (at, "jane")
    with pytest.raises(NothingToDispute, match="waits for a decision"):
        store.decide_dispute(found.id, DisputeState.ACCEPTED, at, "jane", "yet it is")
    again = store.raise_dispute(raised(found, make, reason="look again", raised_at=at))
    assert store.disputes("bakery") == (decided, again)


def test_what_is_not_there_or_has_changed_is_not_disputed(store, make, found):
    """A dispute is about what its writer has seen."""
    with pytest.raises(UnknownFinding):
        store.raise_dispute(replace(raised(found, make), finding="F-0"))
    with pytest.raises(UnknownFinding):
        store.decide_dispute("F-0", DisputeState.ACCEPTED, make.now, "jane", "")
    with pytest.raises(NothingToDispute, match="changed"):
        store.raise_dispute(raised(found, make, episode=1))
    make.audit(store, 2, [make.customer()])
    with pytest.raises(NothingToDispute, match="resolved"):
        store.raise_dispute(raised(found, make))


def test_a_report_has_the_dispute_of_each_finding_as_it_is_now(store, make, found):
    """The last one, whatever was decided."""
    store.raise_dispute(raised(found, make))
    (shown,) = store.customer_view("bakery", make.policy()).disputes
    assert shown.state is DisputeState.RAISED
    store.decide_dispute(found.id, DisputeState.ACCEPTED, make.now, "jane", "right")
    assert store.customer_view("bakery", make.policy()).disputes[0].decision == "right"


def test_a_case_has_all_that_the_ladder_depends_on(store, make, found):
    """Of this customer only; when the episode began, and what was said and done."""
    other = make.customer("florist")
    make.audit(store, 2, [make.customer(), other], "6379/tcp")
    store.raise_dispute(raised(found, make))
    store.propose([(step(found), "{}")], make.now, 9, make.now - HOUR)
    store.record_step(done(found, make))
    (case,) = store.cases(make.customer())
    assert (case.finding.customer, case.kind, case.address) == ("bakery", ResourceKind.HOST, "198.51.100.2")
    assert case.began == make.run(1).started
    assert [one.key for one in case.proposed] == [step(found)]
    assert (len(case.disputes), case.records) == (1, (done(found, make),))
    (others,) = store.cases(other)
    assert (others.disputes, others.proposed, others.records) == ((), (), ())


def test_a_resolved_finding_is_a_case_as_long_as_a_step_was_recorded(store, make, found):
    """Else nobody would ever be told to lift it."""
    store.record_step(done(found, make))
    make.audit(store, 2, [make.customer()])
    (case,) = store.cases(make.customer())
    assert case.finding.status is FindingStatus.RESOLVED


def test_the_most_of_a_night_holds_whoever_proposes(store, make, found):
    """Notices and liftings do not count; what is there stays, and is not counted twice."""
    keys = [
        step(found, m) for m in (Measure.NOTIFY, Measure.REMIND, Measure.RATE_LIMIT, Measure.ISOLATE_PORT)
    ]  # fmt: skip
    lift = replace(keys[3], lift=True)
    rows = [(key, f'{{"n":"{key}"}}') for key in (*keys, lift)]
    kept = store.propose(rows, make.now, 2, make.now - HOUR)
    assert kept == {*keys[:3], lift}
    assert store.proposed_since(make.now - HOUR) == 2
    assert store.propose(rows[:3], make.now + HOUR, 0, make.now - HOUR) == set(keys[:3])
    assert store.proposed_since(make.now) == 0


def test_a_hook_gets_a_proposal_once(store, make, found):
    """Whoever else asks meanwhile, and afterwards; another hook gets it too."""
    key, patience = step(found), timedelta(minutes=5)
    assert store.begin_handing(key, "portal", make.now, patience) is None, "nothing was proposed"
    store.propose([(key, '{"a":1}')], make.now, 9, make.now - HOUR)
    mine = store.begin_handing(key, "portal", make.now, patience)
    assert mine.body == '{"a":1}'
    assert store.begin_handing(key, "portal", make.now + HOUR / 60, patience) is None
    assert store.begin_handing(key, "tickets", make.now, patience) is not None
    store.end_handing(mine, make.now, "200", taken=True, confirmed=done(found, make))
    assert store.begin_handing(key, "portal", make.now + 9 * HOUR, patience) is None
    assert store.step_records("bakery", found.id) == (done(found, make),)
    assert store.cases(make.customer())[0].proposed[0].handed


def test_what_a_dead_process_began_and_what_failed_is_tried_again(store, make, found):
    """With the same content, so that the receiver knows it again."""
    key, patience = step(found), timedelta(minutes=5)
    store.propose([(key, '{"a":1}')], make.now, 9, make.now - HOUR)
    first = store.begin_handing(key, "portal", make.now, patience)
    second = store.begin_handing(key, "portal", make.now + HOUR, patience)
    assert (second.attempt, second.body) == (first.attempt + 1, first.body)
    store.end_handing(second, make.now + HOUR, "503", taken=False)
    third = store.begin_handing(key, "portal", make.now + HOUR, patience)
    assert third.attempt == 3


def test_a_step_is_done_once_and_only_what_was_done_is_lifted(store, make, found):
    """A slip of the keyboard restricts nobody and frees nobody."""
    with pytest.raises(NothingToRecord, match="never carried out"):
        store.record_step(done(found, make, state=RecordState.LIFTED))
    store.record_step(done(found, make))
    with pytest.raises(NothingToRecord, match="recorded as done already"):
        store.record_step(done(found, make))
    store.record_step(done(found, make, state=RecordState.LIFTED))
    with pytest.raises(UnknownFinding):
        store.record_step(replace(done(found, make), finding="F-0"))


def test_no_row_of_it_can_be_changed_or_taken_away(store, make, found):
    """The database itself refuses, whoever asks it."""
    store.raise_dispute(raised(found, make))
    store.propose([(step(found), "{}")], make.now, 9, make.now - HOUR)
    store.begin_handing(step(found), "portal", make.now, HOUR)
    store.record_step(done(found, make))
    for table in (dispute, enforcement_handing, enforcement_proposal, enforcement_record):
        for statement in (update(table).values(finding="F-0"), delete(table)):
            with pytest.raises((StoreError, DBAPIError)), as_owner(store) as connection:
                connection.execute(statement)
        with store.database.reading(EVERYONE) as connection:
            row = connection.execute(select(table)).mappings().one()
        with pytest.raises((StoreError, DBAPIError)), as_owner(store) as connection:
            connection.execute(insert(table).prefix_with("OR REPLACE", dialect="sqlite").values(**row))
