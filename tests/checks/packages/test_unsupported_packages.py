from dataclasses import replace

from typical_flaws import ENDED, LIMITED, UNSUPPORTED

from checks.packages.unsupported_packages import unsupported_packages
from posture.sdk import Outcome


def test_ended_support_fails_as_one_finding(only) -> None:
    """All packages without support are one finding, with since when and why, and the names to remove."""
    verdict = only(unsupported_packages, replace(UNSUPPORTED, packages=(ENDED, replace(ENDED, source="lxd"))))
    assert (verdict.outcome, verdict.subject) == (Outcome.FAIL, "")
    assert verdict.summary == "pdns-recursor, lxd get no security support any more"
    assert "since 2025-10-01: abandoned upstream" in verdict.evidence[0].observed
    assert dict(verdict.details)["packages"] == ("pdns-recursor",)


def test_limited_support_is_told_and_passes(only) -> None:
    """binutils for trusted input only is no breach; that it is limited stands in the outcome."""
    verdict = only(unsupported_packages, replace(UNSUPPORTED, packages=(LIMITED,)))
    assert verdict.outcome is Outcome.PASS
    assert "support is limited for binutils" in verdict.summary


def test_old_list_proves_nothing(only) -> None:
    """On an old list nothing found is no pass, and something found is still a finding."""
    old = replace(UNSUPPORTED, stale="the newest entry is of 2024-01-01")
    assert only(unsupported_packages, old).outcome is Outcome.NOT_ASSESSED
    assert only(unsupported_packages, replace(old, packages=(ENDED,))).outcome is Outcome.FAIL
