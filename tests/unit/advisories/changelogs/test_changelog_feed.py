"""Changelogs as a feed: read from the signed archive, built and confirmed as every other one."""

from datetime import UTC, datetime, timedelta

import pytest

from posture.advisories.errors import Unreachable
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedPlace, read_head
from posture.advisories.feeds.status import feed_source
from posture.advisories.feeds.update import update_feed
from posture.advisories.indexes.apt.archives import Archives
from posture.model.run import SourceState

SECURITY = "bookworm-security"
FEED = Feed("changes", "debian-changelogs", ("apt:bookworm",), frozenset({"Debian"}))


@pytest.fixture
def archives(sources, tmp_path):
    """Those that a provider's own list names."""
    listed = tmp_path / "archive.sources"
    head = f"Types: deb\nURIs: file:{sources.folder}\nComponents: main\nSigned-By: {sources.key.public}\n"
    listed.write_text(f"{head}Suites: bookworm-security trixie-security\n")
    return Archives(listed)


@pytest.fixture
def update(archives, tmp_path):
    """Brings a feed up to date now."""
    return lambda feed=FEED, **more: update_feed(feed, tmp_path / "feeds", datetime.now(UTC), archives=archives, **more)


def test_new_uploads_become_rows(sources, update):
    """What was read is told; without anything new the feed is confirmed; one upload more is one row more."""
    sources.upload("hello", "1.0-1", ("1.0-1", SECURITY, "Fix CVE-2026-1111."))
    sources.publish(timedelta(hours=2))
    done = update()
    assert (done.head.rows, done.notes) == ({"Debian:12": 1}, ("bookworm-security: 1 changelogs read",))
    assert not update().changed
    sources.upload("other", "1.0-1", ("1.0-1", SECURITY, "Fix CVE-2026-2222."))
    sources.publish()
    assert (update().head.total, update().changed) == (2, False)


def test_a_release_that_fails_is_told_and_the_others_count(sources, update, tmp_path):
    """The update fails in the open, as does the status; what came is kept."""
    sources.upload("hello", "1.0-1", ("1.0-1", SECURITY, "Fix CVE-2026-1111."))
    sources.publish()
    both = Feed("changes", "debian-changelogs", ("apt:bookworm", "apt:trixie"))
    with pytest.raises(Unreachable, match="trixie-security"):
        update(both)
    assert read_head(FeedPlace(tmp_path / "feeds", "changes").file()).total == 1
    assert "trixie-security" in feed_source(tmp_path / "feeds", both, datetime.now(UTC)).note


def test_what_another_machine_has_gathered_can_be_brought_over(sources, update, tmp_path):
    """A folder of it is a location as any other."""
    sources.upload("hello", "1.0-1", ("1.0-1", SECURITY, "Fix CVE-2026-1111."))
    sources.publish()
    update()
    done = update(
        Feed("brought", "debian-changelogs", ("apt:bookworm",)), locations=[str(tmp_path / "feeds/changes.changelogs")]
    )
    assert done.head.total == 1


def test_without_an_archive_the_feed_is_missing_and_says_why(sources, update, tmp_path):
    """Nothing was published."""
    with pytest.raises(Unreachable):
        update()
    source = feed_source(tmp_path / "feeds", FEED, datetime.now(UTC))
    assert source.state is SourceState.MISSING
    assert "bookworm-security" in source.note
