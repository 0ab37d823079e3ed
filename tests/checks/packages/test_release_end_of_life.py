from datetime import UTC, datetime

import pytest

from checks.packages.release_end_of_life import release_end_of_life
from posture.sdk import Outcome, Severity, Support


@pytest.mark.parametrize(
    ("phase", "outcome", "severity"),
    [
        (Support.REGULAR, Outcome.PASS, None),
        (Support.LTS, Outcome.PASS, None),
        (Support.PAID, Outcome.FAIL, Severity.MEDIUM),
        (Support.ENDED, Outcome.FAIL, None),
    ],
)
def test_phase_decides(phase, outcome, severity, release, only) -> None:
    """No updates is a high finding, updates for money a medium one."""
    verdict = only(release_end_of_life, release(phase=phase))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_pass_tells_until_when(release, only) -> None:
    """A release that is supported today carries the day on which that ends."""
    assert "until 2028-06-30" in only(release_end_of_life, release()).summary


def test_end_tells_since_when(release, only) -> None:
    """The last day of free updates is the one that counts."""
    ended = release(phase=Support.ENDED, free_until=datetime(2024, 6, 30, tzinfo=UTC))
    assert "since 2024-06-30" in only(release_end_of_life, ended).summary


def test_unknown_dates_are_no_dates(release, only) -> None:
    """Without a date the finding still stands."""
    verdict = only(release_end_of_life, release(phase=Support.ENDED, until=None))
    assert verdict.summary == "Debian 12 (bookworm) has had no security updates"
