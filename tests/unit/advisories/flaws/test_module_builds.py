"""Several builds of one version in a module stream: the newest advisory's word on which of them are patched."""

from datetime import timedelta

import pytest
from feed_file import NOW
from flawed_host import ALMA, advisory, fixed_in, installed, package

OLD = "1.0-17.module_el8.10.0+4154+11111111"
AGAIN = "1.0-17.module_el8.10.0+4060+22222222"


def dictionary(version: str):
    return fixed_in(version, "mecab-ipadic", "AlmaLinux:8", binary=True, module="mysql:8.4")


@pytest.fixture
def missing(book):
    """The advisories that a host lacks, by the build that it has."""
    older = advisory("ALSA-1", dictionary(OLD), dictionary(AGAIN), published=NOW - timedelta(days=90))
    newer = advisory("ALSA-2", dictionary(AGAIN), published=NOW)
    changed = advisory("ALSA-3", dictionary("1.0-16.module_el8.9.0+9000+3"), published=NOW - timedelta(days=200))
    known = book(lists=[older, newer, changed])

    def of(version: str) -> list[str]:
        one = package("mecab-ipadic", version, module="mysql:8.4", vendor="AlmaLinux")
        found = known.pending(ALMA, installed(one, manager="rpm"), NOW)
        return sorted(flaw.id for update in found.updates for flaw in update.flaws)

    return of


def test_a_build_that_the_newest_advisory_lists_lacks_nothing(missing) -> None:
    """The number after the plus counts builds: a lower one that was listed later is patched."""
    assert missing(AGAIN) == []


def test_an_older_build_or_version_lacks_them_all(missing) -> None:
    """A build below all that were listed, and a version before, are behind."""
    assert missing("1.0-17.module_el8.10.0+3000+4") == ["ALSA-1", "ALSA-2"]
    assert missing("1.0-15.module_el8.10.0+9999+4") == ["ALSA-1", "ALSA-2", "ALSA-3"]


def test_a_build_that_was_listed_before_and_not_again_is_behind(book) -> None:
    """Where the newest advisory lists higher builds only, the lower one of the advisory before is not enough."""
    known = book(
        lists=[
            advisory("ALSA-1", dictionary(AGAIN), published=NOW - timedelta(days=9)),
            advisory("ALSA-2", dictionary(OLD), published=NOW),
        ]
    )
    one = package("mecab-ipadic", AGAIN, module="mysql:8.4", vendor="AlmaLinux")
    (update,) = known.pending(ALMA, installed(one, manager="rpm"), NOW).updates
    assert [flaw.id for flaw in update.flaws] == ["ALSA-2"]
    assert update.candidate == OLD
