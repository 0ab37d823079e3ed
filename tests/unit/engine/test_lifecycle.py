from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.lifecycle import Observation, retired
from posture.model.assessment import Assessment, CheckInfo, overall
from posture.model.finding import Acceptance, Finding, FindingStatus, System
from posture.model.policy import Policy, Provider
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict

Assessed = Callable[..., Assessment]


@pytest.fixture
def seen(policy: Policy, noon: datetime) -> Callable[..., dict[str, Finding]]:
    """seen(known, run number, assessment) -> the findings after that run, by subject."""

    def run(
        known: dict[str, Finding], number: int, *assessments: Assessment, accepted: Sequence[Acceptance] = ()
    ) -> dict[str, Finding]:
        now = noon + timedelta(days=number)
        observation = Observation("bakery", "web1", System(), f"run-{number:03}", now, policy, assessments)
        changed = observation.advance(tuple(known.values()), accepted)
        return known | {finding.subject: finding for finding in changed}

    return run


def test_a_failure_seen_first_is_new_and_due_by_the_policy(seen, assessed: Assessed, noon: datetime) -> None:
    """A high finding is due seven days after it was first seen."""
    found = seen({}, 0, assessed("fail:a"))["a"]
    assert (found.status, found.first_seen, found.due) == (FindingStatus.NEW, noon, noon + timedelta(days=7))


def test_the_second_run_leaves_first_date_and_due_date_alone(seen, assessed: Assessed, noon: datetime) -> None:
    """A finding that stays is open, not new, and its date does not move."""
    first = seen({}, 0, assessed("fail:a"))
    found = seen(first, 1, assessed("fail:a"))["a"]
    assert (found.status, found.first_seen, found.due) == (FindingStatus.OPEN, noon, first["a"].due)
    assert found.last_seen == noon + timedelta(days=1)


def test_a_graver_severity_brings_the_date_forward(seen, assessed: Assessed, noon: datetime) -> None:
    """What became critical a day later is due two days after that, not after the seven of before."""
    first = seen({}, 0, assessed("fail:a"))
    found = seen(first, 1, assessed("fail:a", severity=Severity.CRITICAL))["a"]
    assert found.due == noon + timedelta(days=3)


@pytest.mark.parametrize("now", ["pass:a", "na:a", "pass:other", "fail:other"])
def test_a_subject_that_passes_or_is_gone_is_resolved(seen, assessed: Assessed, now: str) -> None:
    """Everything of the check was looked at, and the problem was not there."""
    found = seen(seen({}, 0, assessed("fail:a")), 1, assessed(now))["a"]
    assert found.status is FindingStatus.RESOLVED
    assert found.resolved_at is not None


@pytest.mark.parametrize("now", [("?:",), ("?:a",), ("pass:other", "?:another"), ("fail:other", "?:")])
def test_what_was_not_assessed_stays_open(seen, assessed: Assessed, now: tuple[str, ...]) -> None:
    """A problem that could not be looked at again is still there, and says how often it was not confirmed."""
    found = seen(seen({}, 0, assessed("fail:a")), 1, assessed(*now))["a"]
    assert (found.status, found.unconfirmed_runs) == (FindingStatus.OPEN, 1)


def test_a_pass_on_the_subject_resolves_though_another_was_not_assessed(seen, assessed: Assessed) -> None:
    """The pass was really seen on this very subject."""
    found = seen(seen({}, 0, assessed("fail:a")), 1, assessed("pass:a", "?:b"))["a"]
    assert found.status is FindingStatus.RESOLVED


def test_what_comes_back_keeps_its_first_date_and_gets_a_new_due_date(seen, assessed: Assessed, noon) -> None:
    """Reopened: the customer sees since when it was known, and has the policy's time again."""
    known = seen(seen({}, 0, assessed("fail:a")), 1, assessed("pass:a"))
    found = seen(known, 2, assessed("fail:a"))["a"]
    assert (found.status, found.first_seen, found.times_reopened) == (FindingStatus.REOPENED, noon, 1)
    assert found.due == noon + timedelta(days=9)
    assert found.resolved_at is None


def test_a_check_that_did_not_run_changes_nothing(seen, assessed: Assessed) -> None:
    """A run of some checks only leaves the findings of the others untouched."""
    known = seen({}, 0, assessed("fail:a"))
    assert seen(known, 1, assessed("pass:x", check="exposure.other")) == known


def test_an_accepted_risk_is_accepted_until_it_expires(seen, assessed: Assessed, noon: datetime) -> None:
    """Acceptance is a row of its own; when it ends the finding is open again."""
    known = seen({}, 0, assessed("fail:a"))
    grant = Acceptance(known["a"].id, "bakery", "test system", "Jane", noon, noon + timedelta(days=2))
    known = seen(known, 1, assessed("fail:a"), accepted=[grant])
    assert known["a"].status is FindingStatus.ACCEPTED
    assert seen(known, 3, assessed("fail:a"), accepted=[grant])["a"].status is FindingStatus.OPEN


def test_resources_that_left_the_inventory_are_resolved_with_that_reason(seen, assessed: Assessed, noon) -> None:
    """Nobody can fix what is no longer there; the evidence says that it was not looked at."""
    known = seen({}, 0, assessed("fail:a"))
    (gone,) = retired(known.values(), {"db1"}, "run-001", noon)
    assert gone.status is FindingStatus.RESOLVED
    assert "no longer in the inventory" in gone.evidence[-1].observed
    assert not retired(known.values(), {"web1"}, "run-001", noon)


_OUTCOMES = st.sampled_from(list(Outcome))
_RUN = st.lists(st.tuples(st.sampled_from("abc"), _OUTCOMES), min_size=1, max_size=3, unique_by=lambda pair: pair[0])


@given(st.lists(_RUN, min_size=1, max_size=6))
def test_a_finding_is_only_ever_resolved_by_a_run_that_saw_it_gone(runs: list[list[tuple[str, Outcome]]]) -> None:
    """Over any history: no failure without an active finding, no resolution without a look, no repeat that changes."""
    noon = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    policy = Policy("p", "1", Provider("p", ""), (), {}, Severity.LOW)
    info = CheckInfo("exposure.thing", "t", "4.4", Severity.HIGH)
    known: dict[str, Finding] = {}
    for number, said in enumerate(runs):
        verdicts = tuple(Verdict(outcome, "said", subject) for subject, outcome in said)
        assessment = Assessment(info, "web1", overall(verdicts), "said", verdicts)
        now = noon + timedelta(days=number)
        step = Observation("c", "web1", System(), f"r{number}", now, policy, (assessment,))
        before = dict(known)
        known |= {finding.id: finding for finding in step.advance(tuple(known.values()), ())}
        assert not step.advance(tuple(known.values()), ()), "the same facts again must change nothing"
        by_subject = {finding.subject: finding for finding in known.values()}
        for subject, outcome in said:
            if outcome is Outcome.FAIL:
                assert by_subject[subject].status.active
        for finding in known.values():
            was = before.get(finding.id)
            if finding.status is FindingStatus.RESOLVED and was is not None and was.status.active:
                about = [o for s, o in said if s == finding.subject] or [o for _, o in said]
                assert Outcome.NOT_ASSESSED not in about
            assert finding.first_seen == (was.first_seen if was else now)
