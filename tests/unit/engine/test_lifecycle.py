from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.engine.lifecycle import Observation, departed, retired
from posture.model.assessment import Assessment, CheckInfo, overall
from posture.model.finding import Acceptance, Finding, FindingStatus, System
from posture.model.policy import Policy, Provider
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind
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


def accepted_by_jane(finding: Finding, until: datetime) -> Acceptance:
    """The risk as it is now."""
    at = finding.first_seen
    return Acceptance(finding.id, "bakery", "test", "Jane", at, until, finding.severity, finding.times_reopened)


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


def test_when_an_acceptance_ends_the_policy_gives_its_time_again(seen, assessed: Assessed, noon: datetime) -> None:
    """Nobody is overdue on the day somebody else's acceptance ends, also when the check could not be assessed then."""
    known = seen({}, 0, assessed("fail:a"))
    grant = Acceptance(known["a"].id, "bakery", "t", "Jane", noon, noon + timedelta(days=20), Severity.HIGH)
    known = seen(known, 1, assessed("fail:a"), accepted=[grant])
    for later in ("fail:a", "?:a"):
        found = seen(known, 30, assessed(later), accepted=[grant])["a"]
        assert (found.status, found.due) == (FindingStatus.OPEN, noon + timedelta(days=37))


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
    grant = accepted_by_jane(known["a"], noon + timedelta(days=2))
    known = seen(known, 1, assessed("fail:a"), accepted=[grant])
    assert known["a"].status is FindingStatus.ACCEPTED
    for said in ("fail:a", "?:a"):
        assert seen(known, 3, assessed(said), accepted=[grant])["a"].status is FindingStatus.OPEN


def test_of_several_acceptances_the_one_given_last_counts(seen, assessed: Assessed, noon: datetime) -> None:
    """A shorter one takes the place of a longer one, and the other way round."""
    known = seen({}, 0, assessed("fail:a"))
    short, long = (accepted_by_jane(known["a"], noon + timedelta(days=days)) for days in (2, 20))
    assert seen(known, 3, assessed("fail:a"), accepted=[long, short])["a"].status is FindingStatus.OPEN
    assert seen(known, 3, assessed("fail:a"), accepted=[short, long])["a"].status is FindingStatus.ACCEPTED


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        (Severity.CRITICAL, FindingStatus.OPEN),
        (Severity.HIGH, FindingStatus.ACCEPTED),
        (Severity.LOW, FindingStatus.ACCEPTED),
    ],
)
def test_an_acceptance_holds_for_the_severity_it_was_given_for_or_less(
    seen, assessed: Assessed, noon: datetime, severity: Severity, status: FindingStatus
) -> None:
    """Nobody accepted the graver risk."""
    known = seen({}, 0, assessed("fail:a"))
    grant = accepted_by_jane(known["a"], noon + timedelta(days=99))
    known = seen(known, 1, assessed("fail:a"), accepted=[grant])
    assert seen(known, 2, assessed("fail:a", severity=severity), accepted=[grant])["a"].status is status


def test_what_was_accepted_and_comes_back_is_reopened_and_stays_open(seen, assessed: Assessed, noon: datetime) -> None:
    """One acceptance of a host's updates must not hide those of next month; a new acceptance holds again."""
    known = seen({}, 0, assessed("fail:a"))
    grant = accepted_by_jane(known["a"], noon + timedelta(days=99))
    for number, said, status in [
        (1, "fail:a", FindingStatus.ACCEPTED),
        (2, "pass:a", FindingStatus.RESOLVED),
        (3, "fail:a", FindingStatus.REOPENED),
        (4, "fail:a", FindingStatus.OPEN),
        (5, "?:a", FindingStatus.OPEN),
    ]:
        known = seen(known, number, assessed(said), accepted=[grant])
        assert known["a"].status is status
    assert (known["a"].first_seen, known["a"].times_reopened) == (noon, 1)
    again = accepted_by_jane(known["a"], noon + timedelta(days=99))
    assert seen(known, 6, assessed("fail:a"), accepted=[grant, again])["a"].status is FindingStatus.ACCEPTED


def test_resources_that_left_the_inventory_are_resolved_with_that_reason(seen, assessed: Assessed, noon) -> None:
    """Nobody can fix what is no longer there; the evidence says that it was not looked at."""
    known = seen({}, 0, assessed("fail:a"))
    (gone,) = retired(known.values(), {"db1"}, "run-001", noon)
    assert gone.status is FindingStatus.RESOLVED
    assert (gone.retired, gone.fixed) == (True, False)
    assert "no longer in the inventory" in gone.evidence[-1].observed
    assert not retired(known.values(), {"web1"}, "run-001", noon)
    back = seen({"a": gone}, 2, assessed("fail:a"))["a"]
    assert (back.status, back.retired, back.first_seen) == (FindingStatus.REOPENED, False, noon)


@pytest.mark.parametrize(
    ("address", "subject", "same"),
    [
        ("198.51.100.2", "198.51.100.2:6379/tcp", True),
        ("2001:db8::2", "[2001:db8::2]:6379/tcp", True),
        ("198.51.100.20", "198.51.100.2:6379/tcp", False),
        ("198.51.100.2", "root", False),
        ("", "web1:6379/tcp", False),
    ],
)
def test_a_new_name_for_the_same_address_gives_no_new_term(
    seen, assessed: Assessed, noon: datetime, address: str, subject: str, same: bool
) -> None:
    """What is told by its address keeps its dates; what may be another machine's is new."""
    old = replace(next(iter(seen({}, 0, assessed("fail:a")).values())), subject=subject)
    new = replace(
        old, id="F-1", resource="shop", first_seen=noon + timedelta(9), due=noon + timedelta(16), last_run="run-009"
    )
    shop = Resource(ResourceKind.HOST, "shop", address)
    changed = {f.id: f for f in departed([old, new], [shop], "run-009", noon + timedelta(9))}
    assert changed.pop(old.id).retired
    if same:
        assert changed == {"F-1": replace(new, status=FindingStatus.OPEN, first_seen=old.first_seen, due=old.due)}
    else:
        assert not changed
    known_before = replace(new, last_run="run-008")
    assert [f.id for f in departed([old, known_before], [shop], "run-009", noon)] == [old.id]


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"fingerprint": "SHA256:other"}, False),
        ({"path": "/root/.ssh/id_rsa"}, False),
        ({"fingerprint": "", "fingerprints": ("SHA256:a",)}, False),
        ({"host": ""}, False),
    ],
)
def test_a_new_name_for_a_host_gives_its_keys_no_new_term(
    seen, assessed: Assessed, noon: datetime, changes: dict[str, object], same: bool
) -> None:
    """What several hosts came to names its host: it goes with that name, and is known again by key and file."""
    details = {"host": "web1", "path": "/home/a/.ssh/id", "fingerprint": "SHA256:a"}
    first = next(iter(seen({}, 0, assessed("fail:web1 /home/a/.ssh/id")).values()))
    old = replace(first, resource=ALL_HOSTS.id, details=tuple(details.items()))
    told = {name: value for name, value in (details | {"host": "www"} | changes).items() if value}
    later = {"first_seen": noon + timedelta(9), "due": noon + timedelta(16), "last_run": "run-009"}
    new = replace(old, id="F-1", subject="www /home/a/.ssh/id", details=tuple(told.items()), **later)
    www = Resource(ResourceKind.HOST, "www", "198.51.100.2")
    assert not departed([old], [replace(www, id="web1")], "run-009", noon)
    changed = {f.id: f for f in departed([old, new], [www], "run-009", noon + timedelta(9))}
    gone = changed.pop(old.id)
    assert (gone.retired, gone.fixed, gone.status) == (True, False, FindingStatus.RESOLVED)
    if same:
        assert changed == {"F-1": replace(new, status=FindingStatus.OPEN, first_seen=old.first_seen, due=old.due)}
    else:
        assert not changed


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
