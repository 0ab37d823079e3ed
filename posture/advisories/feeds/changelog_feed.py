"""A feed whose locations are releases of Debian: its files are gathered from their archives before it is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from posture.advisories.errors import RefreshError
from posture.advisories.feeds.changelogs.gather import SCHEME, gather
from posture.advisories.feeds.changelogs.harvest import Harvest
from posture.advisories.feeds.config import CHANGELOGS, Feed
from posture.advisories.feeds.file import FeedPlace
from posture.advisories.indexes.apt.archives import Archives

_REASONS = 3  # why changelogs were not read, the commonest first


@dataclass(frozen=True, slots=True)
class GatheredFeed:
    """The feed with the files that its locations stand for. `failure` is of a release whose archive gave nothing."""

    feed: Feed
    notes: tuple[str, ...] = ()
    failure: RefreshError | None = None


def gathered(
    feed: Feed, place: FeedPlace, until: float, archives: Archives, tell: Callable[[str], None]
) -> GatheredFeed:
    """Read what is new in the archives; a feed of addresses and files stays as it is.

    Raises:
        RefreshError: no archive gave anything.
    """
    releases = [location for location in feed.locations if location.startswith(SCHEME)]
    if feed.format != CHANGELOGS or not releases:
        return GatheredFeed(feed)
    tell(f"reading changelogs of {' '.join(releases)}")
    done = gather(place.file("changelogs"), releases, until, archives)
    files = (*map(str, done.files), *(location for location in feed.locations if location not in releases))
    notes = tuple(note for harvest in done.harvests for note in _notes(harvest))
    return GatheredFeed(replace(feed, locations=files), notes, next(iter(done.failures), None))


def _notes(harvest: Harvest) -> Iterator[str]:
    if harvest.read or harvest.left:
        left = f"; {harvest.left:,} wait for the next update" if harvest.left else ""
        yield f"{harvest.suite}: {harvest.read:,} changelogs read{left}"
    for why, count in Counter(each.why for each in harvest.refused).most_common(_REASONS):
        example = next(each.what for each in harvest.refused if each.why == why)
        yield f"{harvest.suite}: {count:,} not read, as {example}: {why}"
