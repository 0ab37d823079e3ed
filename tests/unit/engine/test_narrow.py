"""A look at one finding again decides that finding and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from posture.engine.lifecycle import Observation
from posture.engine.narrow import advancing, only_about, sides
from posture.engine.plugins import load
from posture.model.assessment import Assessment
from posture.model.finding import Finding, FindingStatus, System
from posture.model.policy import Policy
from posture.model.verdict import Outcome

Assessed = Callable[..., Assessment]


@pytest.fixture
def again(policy: Policy, noon: datetime) -> Callable[..., dict[str, Finding]]:
    """again(known, finding, assessment) -> the findings after a look at that one, by subject."""

    def look(known: dict[str, Finding], about: Finding, assessment: Assessment) -> dict[str, Finding]:
        now = noon + timedelta(days=1)
        narrow = only_about(assessment, about.subject)
        seen = Observation("bakery", "web1", System(), "run-002", now, policy, (narrow,))
        changed = advancing(about, seen.advance)(tuple(known.values()), ())
        return known | {finding.subject: finding for finding in changed}

    return look


@pytest.fixture
def known(assessed: Assessed, policy: Policy, noon: datetime) -> dict[str, Finding]:
    first = Observation("bakery", "web1", System(), "run-001", noon, policy, (assessed("fail:a", "fail:b"),))
    return {finding.subject: finding for finding in first.advance((), ())}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("fail:a", "pass:b"), FindingStatus.OPEN),
        (("pass:a", "pass:b"), FindingStatus.RESOLVED),
        (("pass:b",), FindingStatus.RESOLVED),
        (("?:a", "pass:b"), FindingStatus.OPEN),
        (("?:",), FindingStatus.OPEN),
        (("fail:a", "fail:c"), FindingStatus.OPEN),
    ],
    ids=str,
)
def test_only_the_finding_itself_moves(again, known, assessed: Assessed, said, expected) -> None:
    """Whatever else the check said: no other is resolved, found, or marked as not confirmed."""
    after = again(known, known["a"], assessed(*said))
    assert after["a"].status is expected
    assert after.keys() == known.keys()
    assert after["b"] == known["b"]


def test_what_is_kept_of_it_decides_nothing_else(assessed: Assessed) -> None:
    """Else an audit that is under way would take what it found elsewhere for settled by a newer look."""
    narrow = only_about(assessed("pass:a", "pass:b"), "a")
    assert (narrow.decides("a"), narrow.decides("b"), narrow.decides("")) == (True, False, False)
    assert only_about(assessed("?:a"), "a").outcome is Outcome.NOT_ASSESSED
    whole = only_about(assessed("pass:"), "")
    assert whole.outcome is Outcome.PASS, "a check of the whole resource leaves nothing out"


@pytest.mark.parametrize(
    ("check", "outside", "inside"),
    [
        ("exposure.redis-no-auth", True, True),
        ("packages.security-updates", False, True),
        ("keys.authorized-keys-writable", False, True),
        ("exposure.tls-name-elsewhere", True, True),
    ],
)
def test_a_look_goes_where_its_check_needs_it_to(check: str, outside: bool, inside: bool) -> None:
    """What is joined from both sides needs both; an update that is missing needs no port sweep."""
    (found,) = (one for one in load(lambda _name, _text: None).checks if one.id == check)
    assert sides(found) == (outside, inside)


def test_a_finding_that_was_resolved_and_is_seen_again_comes_back(again, known, assessed: Assessed, noon) -> None:
    """With its first date."""
    gone = known | {"a": replace(known["a"], status=FindingStatus.RESOLVED, resolved_at=noon)}
    after = again(gone, gone["a"], assessed("fail:a"))["a"]
    assert (after.status, after.first_seen) == (FindingStatus.REOPENED, noon)
