"""What the ladder proposes for a finding, and what keeps it from proposing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.enforcement import decided, night
from posture.model.assessment import CheckInfo
from posture.model.dispute import Dispute, DisputeState
from posture.model.enforcement import (
    BreachClass,
    Enforcement,
    Matter,
    Measure,
    Proposed,
    RecordState,
    Rung,
    StepKey,
    StepRecord,
)
from posture.model.finding import Acceptance, Finding, FindingStatus
from posture.model.proposal import Case, Held, Hold, Proposal
from posture.model.resource import ResourceKind
from posture.model.severity import Severity
from posture.model.verdict import Evidence

NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHECK = CheckInfo("exposure.thing", "Thing is open", "4.4", Severity.CRITICAL)
LADDER = (
    Rung(Measure.NOTIFY, timedelta()),
    Rung(Measure.RATE_LIMIT, 24 * HOUR),
    Rung(Measure.ISOLATE_PORT, 48 * HOUR),
    Rung(Measure.ISOLATE_KEY, 48 * HOUR),
    Rung(Measure.ISOLATE_HOST, 168 * HOUR),
    Rung(Measure.SUSPEND, 720 * HOUR),
)
URGENT = BreachClass("B", "open door", (Matter(("*",), Severity.HIGH),), LADDER, HOUR, urgent=True)
RULES = Enforcement((URGENT,), most=3, hold=7 * DAY, sees_through=True)


def finding(**other) -> Finding:
    """Seen on the first night only."""
    plain = Finding(
        id="F-1", customer="bakery", resource="web1", check=CHECK, subject="198.51.100.2:6379/tcp",
        summary="Anyone can read this.", severity=Severity.CRITICAL, status=FindingStatus.OPEN, first_seen=NIGHT,
        last_seen=NIGHT, due=NIGHT + 2 * DAY, last_run="r1",
    )  # fmt: skip
    return replace(plain, **other)


def seen(at: datetime, **other) -> Finding:
    """Still there at that time, by a look of that time."""
    return finding(last_seen=at, evidence=(Evidence("probe", "+PONG", at),), **other)


def case(of: Finding, **other) -> Case:
    return Case(of, NIGHT, ResourceKind.HOST, "198.51.100.2", **other)


def done(measure: Measure, at: datetime, episode: int = 0, state: RecordState = RecordState.DONE) -> StepRecord:
    return StepRecord("bakery", "F-1", episode, measure, state, at, "jane")


def dispute(at: datetime, state: DisputeState = DisputeState.RAISED, decided_at: datetime | None = None) -> Dispute:
    return Dispute("F-1", "bakery", 0, Severity.CRITICAL, "it is a honeypot", "bob", at, state, decided_at)


def only(of: Case, now: datetime, rules: Enforcement = RULES) -> Proposal | Held | None:
    found = decided(of, rules, now)
    assert len(found) <= 1
    return found[0] if found else None


def measure(one: Proposal | Held | None) -> Measure | None:
    return one.key.measure if isinstance(one, Proposal) else None


NOTIFIED = (done(Measure.NOTIFY, NIGHT + HOUR),)


def test_what_is_seen_first_gets_a_notice_and_nothing_else():
    """Its facts, its class and its look stand in the reason."""
    one = only(case(finding()), NIGHT + HOUR)
    assert measure(one) is Measure.NOTIFY
    assert "class B (open door" in one.reason
    assert "2026-03-02 22:00 UTC" in one.reason


def test_nobody_is_restricted_on_one_observation():
    """However long ago the notice was: nothing has looked a second time."""
    once = case(finding(), records=NOTIFIED)
    assert only(once, NIGHT + 25 * HOUR, replace(RULES, fresh=99 * DAY)).hold is Hold.STALE
    near = case(seen(NIGHT + HOUR / 2), records=(done(Measure.NOTIFY, NIGHT - 9 * DAY),))
    assert only(near, NIGHT + HOUR).hold is Hold.ONE_LOOK


def test_an_old_observation_told_again_is_no_second_one():
    """A list that the customer exported once, and a port that was not looked at tonight, prove nothing new."""
    same = replace(seen(NIGHT), last_seen=NIGHT + 3 * DAY)
    assert isinstance(only(case(same, records=NOTIFIED), NIGHT + 3 * DAY), Held)


@pytest.mark.parametrize(
    ("hours", "expected"), [(20, None), (24, None), (26, Measure.RATE_LIMIT), (900, Measure.RATE_LIMIT)]
)
def test_a_step_needs_a_look_after_its_time_and_none_is_skipped(hours, expected):
    """Twenty-four hours from the notice; 900 hours later it is still the next step, not the last."""
    at = NIGHT + hours * HOUR
    assert measure(only(case(seen(at), records=NOTIFIED), at)) is expected


def test_the_port_comes_before_the_host_before_the_customer():
    """Each after the step before it was carried out, and after a look since then."""
    at, records = NIGHT + 26 * HOUR, NOTIFIED
    steps = []
    while (one := only(case(seen(at), records=records), at)) is not None:
        if isinstance(one, Proposal):
            steps.append((one.key.measure, one.target, one.for_a_person))
            records = (*records, done(one.key.measure, at))
        at += 12 * HOUR
    assert steps == [
        (Measure.RATE_LIMIT, "198.51.100.2:6379/tcp", False),
        (Measure.ISOLATE_PORT, "198.51.100.2:6379/tcp", False),
        (Measure.ISOLATE_HOST, "web1 (198.51.100.2)", False),
        (Measure.SUSPEND, "bakery", True),
    ]


def test_a_key_is_disabled_and_not_its_host():
    """What the finding is about decides which of the two it is."""
    key = replace(CHECK, id="keys.key-compromised")
    of = seen(NIGHT + 3 * DAY, check=key, subject="SHA256:abc deploy", details=(("fingerprint", "SHA256:abc"),))
    one = only(case(of, records=(*NOTIFIED, done(Measure.RATE_LIMIT, NIGHT + DAY))), NIGHT + 3 * DAY)
    assert (one.key.measure, one.target) == (Measure.ISOLATE_KEY, "SHA256:abc")


def test_what_is_not_urgent_waits_for_its_date():
    """The date that stands in the report is a promise."""
    rules = replace(RULES, classes=(replace(URGENT, urgent=False),))
    of = seen(NIGHT + 3 * DAY, due=NIGHT + 5 * DAY)
    one = only(case(of, records=NOTIFIED), NIGHT + 3 * DAY, rules)
    assert (one.hold, one.until) == (Hold.GRACE, NIGHT + 5 * DAY)
    later = seen(NIGHT + 6 * DAY, due=NIGHT + 5 * DAY)
    assert measure(only(case(later, records=NOTIFIED), NIGHT + 6 * DAY, rules)) is Measure.RATE_LIMIT


def test_an_open_dispute_holds_steps_for_the_policys_time_and_no_longer():
    """And the time that it held them does not count, even once it was rejected."""
    at = NIGHT + 2 * DAY
    held = case(seen(at), records=NOTIFIED, disputes=(dispute(NIGHT + 2 * HOUR),))
    assert (only(held, at).hold, only(held, at).until) == (Hold.DISPUTED, NIGHT + 2 * HOUR + 7 * DAY)
    rejected = dispute(NIGHT + 2 * HOUR, DisputeState.REJECTED, NIGHT + 30 * HOUR)
    soon = case(seen(at), records=NOTIFIED, disputes=(rejected,))
    assert only(soon, at).hold is Hold.GRACE
    later = NIGHT + 9 * DAY
    assert measure(only(replace(held, finding=seen(later)), later)) is Measure.RATE_LIMIT


def test_disputing_again_and_again_holds_nothing_up_for_longer():
    """All disputes of one episode share the time."""
    every = [
        dispute(NIGHT + n * 4 * DAY, DisputeState.REJECTED, NIGHT + (n * 4 + 3) * DAY) for n in range(5)
    ]  # fmt: skip
    at = NIGHT + 20 * DAY
    of = case(seen(at), records=NOTIFIED, disputes=(*every, dispute(at)))
    assert measure(only(of, at + HOUR)) is Measure.RATE_LIMIT


def test_an_accepted_dispute_ends_the_ladder_and_lifts_what_is_in_place():
    """Whatever becomes of the severity: then somebody decides anew."""
    at = NIGHT + 9 * DAY
    of = case(
        seen(at),
        records=(*NOTIFIED, done(Measure.ISOLATE_PORT, NIGHT + 3 * DAY)),
        disputes=(dispute(NIGHT + 4 * DAY, DisputeState.ACCEPTED, NIGHT + 5 * DAY),),
    )
    back, step = decided(of, RULES, at)
    assert (back.key.measure, back.key.lift) == (Measure.ISOLATE_PORT, True)
    assert step.hold is Hold.DISPUTE_ACCEPTED


def test_an_accepted_risk_stops_the_clock():
    """And its days do not count once it has ended."""
    given_ = Acceptance("F-1", "bakery", "moved soon", "jane", NIGHT + 2 * HOUR, NIGHT + 5 * DAY, Severity.CRITICAL)
    at = NIGHT + 2 * DAY
    held = case(seen(at, status=FindingStatus.ACCEPTED), records=NOTIFIED, acceptances=(given_,))
    assert only(held, at).hold is Hold.ACCEPTED
    ended = NIGHT + 5 * DAY + 10 * HOUR
    assert only(case(seen(ended), records=NOTIFIED, acceptances=(given_,)), ended).hold is Hold.GRACE


def test_a_clean_look_lifts_every_restriction_and_only_those():
    """The gravest first; the notice stays given."""
    records = (*NOTIFIED, done(Measure.ISOLATE_PORT, NIGHT + 3 * DAY), done(Measure.ISOLATE_HOST, NIGHT + 8 * DAY))
    gone = seen(NIGHT + 8 * DAY, status=FindingStatus.RESOLVED, resolved_at=NIGHT + 9 * DAY)
    found = decided(case(gone, records=records), RULES, NIGHT + 9 * DAY)
    assert [(one.key.measure, one.key.lift) for one in found] == [
        (Measure.ISOLATE_HOST, True), (Measure.ISOLATE_PORT, True),
    ]  # fmt: skip
    lifted = (*records, done(Measure.ISOLATE_HOST, NIGHT + 9 * DAY, state=RecordState.LIFTED))
    assert [one.key.measure for one in decided(case(gone, records=lifted), RULES, NIGHT + 9 * DAY)] == [
        Measure.ISOLATE_PORT
    ]


def test_a_step_that_a_hook_may_have_taken_is_lifted_too():
    """Nobody said that it was carried out; nobody can say that it was not."""
    key = StepKey("bakery", "F-1", 0, Measure.ISOLATE_PORT)
    gone = seen(NIGHT, status=FindingStatus.RESOLVED, resolved_at=NIGHT + 9 * DAY)
    for handed in (False, True):
        of = case(gone, proposed=(Proposed(key, NIGHT + 3 * DAY, handed),))
        assert len(decided(of, RULES, NIGHT + 9 * DAY)) == int(handed)


def test_behind_a_block_a_clean_look_proves_nothing():
    """Unless the provider lets the auditor through its blocks."""
    gone = seen(NIGHT, status=FindingStatus.RESOLVED, resolved_at=NIGHT + 9 * DAY)
    of = case(gone, records=(done(Measure.ISOLATE_PORT, NIGHT + 3 * DAY),))
    assert only(of, NIGHT + 9 * DAY, replace(RULES, sees_through=False)).hold is Hold.BLIND
    left = case(replace(gone, retired=True), records=of.records)
    assert only(left, NIGHT + 9 * DAY).hold is Hold.LEFT


def test_a_flood_is_held_back_and_told():
    """The gravest first; notices, and what was proposed before, do not count."""
    at = NIGHT + 2 * DAY
    many = [
        case(seen(at, id=f"F-{n}"), records=tuple(replace(r, finding=f"F-{n}") for r in NOTIFIED)) for n in range(9)
    ]
    many.append(case(seen(at, id="F-new")))
    found = night(many, RULES, at, recent=1)
    beyond = [one for one in found.proposals if one.key.measure is not Measure.NOTIFY]
    assert (len(found.proposals), len(beyond), len(found.held)) == (3, 2, 7)
    assert all(one.hold is Hold.TOO_MANY for one in found.held)
    before = tuple(Proposed(one.key, at) for one in beyond)
    again = night([replace(c, proposed=before) for c in many], RULES, at, recent=3)
    assert {one.key for one in again.proposals} == {one.key for one in found.proposals}


def test_what_came_back_begins_with_a_notice_again():
    """Its steps of before count for nothing."""
    at = NIGHT + 20 * DAY
    of = replace(case(seen(at, times_reopened=1), records=(*NOTIFIED, done(Measure.RATE_LIMIT, NIGHT + DAY))), began=at)
    assert measure(only(of, at)) is Measure.NOTIFY


# --- properties ---

hours = st.integers(0, 60 * 24).map(lambda n: NIGHT + n * HOUR)
records = st.lists(st.tuples(st.sampled_from([r.measure for r in LADDER]), hours), max_size=4).map(
    lambda pairs: tuple(done(measure, at) for measure, at in pairs)
)
disputes = st.lists(
    st.tuples(hours, st.sampled_from(DisputeState), st.integers(0, 500)), max_size=3
).map(
    lambda rows: tuple(
        dispute(at, state, None if state is DisputeState.RAISED else at + n * HOUR) for at, state, n in sorted(rows)
    )
)  # fmt: skip
cases = st.builds(
    lambda at, given, said, status: case(seen(at, status=status), records=given, disputes=said),
    hours, records, disputes, st.sampled_from([FindingStatus.OPEN, FindingStatus.ACCEPTED]),
)  # fmt: skip


@given(cases, hours, st.integers(1, 30), st.integers(0, 3000))
def test_lost_coverage_neither_advances_nor_clears(of, now, runs, later):
    """Nights without a look propose nothing that was not proposed, and take nothing back."""
    now = max(now, of.finding.last_seen)
    blind = replace(of, finding=replace(of.finding, unconfirmed_runs=runs))
    assert not [
        one for one in decided(blind, RULES, now + later * HOUR) if isinstance(one, Proposal) and not one.key.lift
    ]
    standing = [one for one in decided(of, RULES, now) if isinstance(one, Proposal)]
    known = tuple(Proposed(one.key, now) for one in standing)
    before = replace(of, proposed=known)
    after = replace(blind, proposed=known)
    assert {p.key for p in decided(before, RULES, now) if isinstance(p, Proposal)} == {
        p.key for p in decided(after, RULES, now) if isinstance(p, Proposal)
    }


@given(cases, hours)
def test_no_step_is_skipped_and_none_is_taken_back_by_time(of, now):
    """The step is the mildest fitting one above what was carried out, whenever one asks."""
    now = max(now, of.finding.last_seen)
    reached = max((record.measure.rank for record in of.records), default=-1)
    expected = next(
        (r.measure for r in LADDER if r.measure.rank > reached and r.measure is not Measure.ISOLATE_KEY), None
    )
    for one in decided(of, RULES, now):
        if not one.key.lift:
            assert one.key.measure is expected


@given(cases, hours)
def test_beyond_the_notice_every_guard_holds(of, now):
    """Two looks apart, a notice before, no accepted risk, no accepted dispute, and a look after the last step."""
    now = max(now, of.finding.last_seen)
    for one in decided(of, RULES, now):
        if isinstance(one, Proposal) and not one.key.lift and one.key.measure is not Measure.NOTIFY:
            assert of.finding.last_seen - of.began >= URGENT.apart
            assert of.records
            assert of.finding.last_seen > min(record.at for record in of.records)
            assert of.finding.status is not FindingStatus.ACCEPTED
            assert not of.disputes or of.disputes[-1].state is not DisputeState.ACCEPTED
            assert now - of.finding.last_seen <= RULES.fresh


@given(cases, hours, st.integers(1, 400))
def test_a_dispute_never_brings_a_step_forward(of, now, before):
    """With one more dispute there is never a proposal that there was not without it."""
    now = max(now, of.finding.last_seen)
    raised = dispute(now - before * HOUR)
    without = replace(of, disputes=())
    with_one = replace(of, disputes=(raised,))
    keys = [
        {one.key for one in decided(c, RULES, now) if isinstance(one, Proposal) and not one.key.lift}
        for c in (without, with_one)
    ]
    assert keys[1] <= keys[0]
