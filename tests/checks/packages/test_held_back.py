from checks.packages.held_back import held_back
from posture.sdk import Outcome, Severity


def test_a_held_package_with_a_newer_version_is_told(update, pending, only) -> None:
    """Nothing is wrong with it yet, but nobody will update it."""
    waiting = update(package="postgresql-15", held=True, security=False)
    verdict = only(held_back, pending(updates=(waiting, update(package="curl", security=False))))
    assert (verdict.outcome, held_back.info.severity) == (Outcome.FAIL, Severity.LOW)
    assert verdict.summary == "1 package is held back by hand though newer versions wait"
    assert dict(verdict.details)["held"] == ("postgresql-15",)
    assert "curl" not in verdict.evidence[0].observed


def test_one_that_misses_a_security_update_is_told_elsewhere(update, pending, only) -> None:
    """The same hold is never two findings."""
    verdict = only(held_back, pending(updates=(update(held=True),)))
    assert verdict.outcome is Outcome.PASS
    assert "1 held package misses a security update, told apart" in verdict.summary


def test_a_stale_index_cannot_clear_a_hold(update, pending, only) -> None:
    """What is held may have a newer version that the old index does not know; what it knows is a finding anyway."""
    assert only(held_back, pending(stale="9 days old")).outcome is Outcome.NOT_ASSESSED
    waiting = update(held=True, security=False)
    assert only(held_back, pending(updates=(waiting,), stale="9 days old")).outcome is Outcome.FAIL
