from dataclasses import replace
from datetime import UTC, datetime

from typical_leaks import COMMITTED, REPOSITORY, committed

from checks.keys.secret_in_repository import secret_in_repository
from posture.sdk import AllowedLeak, Outcome, Severity


def test_a_secret_in_many_files_is_one_finding(only) -> None:
    """The same value at three places is replaced once; the worst of its severities counts."""
    twice = (COMMITTED, replace(COMMITTED, path="other", severity=Severity.CRITICAL), replace(COMMITTED, path="third"))
    verdict = only(secret_in_repository, replace(REPOSITORY, secrets=twice))
    assert (verdict.outcome, verdict.severity, len(verdict.evidence)) == (Outcome.FAIL, Severity.CRITICAL, 3)
    assert "deploy/config.sh" in verdict.summary


def test_a_removed_secret_is_told_as_that(only) -> None:
    """Removing it from the newest commit helps nobody, and the text does not claim that it is still in the file."""
    verdict = only(secret_in_repository, committed(current=False))
    assert verdict.outcome is Outcome.FAIL
    assert "earlier commit" in verdict.summary


def test_an_ended_token_is_information(only) -> None:
    """What has ended by itself opens nothing."""
    ended = committed(expired=datetime(2025, 4, 1, tzinfo=UTC), severity=Severity.INFO)
    verdict = only(secret_in_repository, ended)
    assert verdict.severity is Severity.INFO
    assert "ended on 2025-04-01" in verdict.summary


def test_the_subject_outlives_a_move(only) -> None:
    """The same secret on another line or in another commit is the same finding."""
    first = only(secret_in_repository, committed())
    assert only(secret_in_repository, committed(line=99, commit="0" * 40, path="moved")).subject == first.subject


def test_a_part_is_no_pass(only, outcomes) -> None:
    """What was not read may hold the secret in question; what was found stands."""
    gap = {"gaps": ("the time was over",)}
    assert only(secret_in_repository, replace(REPOSITORY, secrets=(), **gap)).outcome is Outcome.NOT_ASSESSED
    assert sorted(outcomes(secret_in_repository, replace(REPOSITORY, **gap)).values()) == [
        Outcome.FAIL, Outcome.NOT_ASSESSED,
    ]  # fmt: skip


def test_excuses_are_told(only, outcomes) -> None:
    """A repository whose owner excuses a secret is no plain pass: place, reason and end are a finding of its own."""
    excused = (AllowedLeak("hmac:1", "tests/x", "made up", datetime(2027, 1, 31, tzinfo=UTC)),)
    verdict = only(secret_in_repository, replace(REPOSITORY, secrets=(), allowed=excused))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.INFO)
    assert "1 secret in tests/x" in verdict.summary
    (evidence,) = verdict.evidence
    assert (evidence.source, "made up" in evidence.observed, "2027-01-31" in evidence.observed) == (
        "tests/x",
        True,
        True,
    )
    assert len(outcomes(secret_in_repository, replace(REPOSITORY, allowed=excused))) == 2
