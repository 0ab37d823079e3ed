"""When an index proves nothing any more."""

from datetime import UTC, datetime, timedelta

import pytest

from posture.advisories.errors import NoSources
from posture.advisories.indexes.apt.of_host import index_name
from posture.advisories.indexes.file import Pocket
from posture.advisories.indexes.staleness import why_stale
from posture.facts.host import OsRelease

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEN_DAYS = timedelta(days=10)


def pocket(name: str, days: int, valid: int | None = None) -> Pocket:
    until = None if valid is None else NOW + timedelta(days=valid)
    return Pocket(name, NOW - timedelta(days=days), until, "a key", "main", 9, 0)


@pytest.mark.parametrize(
    ("security", "words"),
    [
        (pocket("noble-security", 200), "signed nothing of noble-security"),
        (pocket("noble-security", 9), ""),
        (pocket("noble-security", 200, valid=5), ""),
    ],
    ids=["frozen", "alive", "still valid by its own word"],
)
def test_a_fresh_pocket_does_not_hide_a_frozen_one(security: Pocket, words: str) -> None:
    """Updates come through the security pocket: what else of the mirror is fresh says nothing of it."""
    pockets = (pocket("noble-updates", 0), security)
    said = why_stale(NOW, pockets, None, NOW, TEN_DAYS, moving=("noble-security",))
    assert words in said
    assert bool(said) is bool(words)


def test_a_release_that_is_not_out_is_not_judged() -> None:
    """Testing has a codename of its own, and no security pocket worth the name."""
    with pytest.raises(NoSources, match="is not released"):
        index_name(OsRelease("debian", "", "duke", "Debian GNU/Linux duke/sid"), "amd64")


def test_the_last_index_of_an_ended_release_acquits_nothing_for_ever() -> None:
    """bionic's archive stands still for years: that nothing is in it says nothing of the flaws found since."""
    ended = (pocket("bionic", 3000), pocket("bionic-security", 1200))
    assert "the release has ended" in why_stale(NOW, ended, None, NOW, None, moving=("bionic-security",))
    assert why_stale(NOW, (pocket("bullseye-security", 9),), None, NOW, None) == ""
