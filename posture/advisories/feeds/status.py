"""How old the feeds are, and what stands in the way of newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import Damaged
from posture.advisories.failure_note import Failure, read_failure
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedHead, FeedPlace, read_head
from posture.model.run import Source, SourceState

NEXT_STEP = "run `posture feeds update`"


def feed_sources(folder: Path, feeds: Sequence[Feed], now: datetime) -> tuple[Source, ...]:
    """Every feed that is switched on, with its age and what is wrong with it."""
    return tuple(feed_source(folder, feed, now) for feed in feeds if feed.enabled)


def feed_source(folder: Path, feed: Feed, now: datetime) -> Source:
    """A feed as a source of verdicts. Missing is also what cannot be read."""
    place = FeedPlace(folder, feed.name)
    title = f"feed: {feed.name}"
    failure = read_failure(place)
    try:
        head = read_head(place.file())
    except Damaged as error:
        return Source(title, SourceState.MISSING, note=f"cannot be read ({error}): {NEXT_STEP}")
    if head is None:
        return Source(title, SourceState.MISSING, note=failure.reason if failure else NEXT_STEP)
    stale = why_stale(feed, head, failure, now)
    state = SourceState.STALE if stale else SourceState.CURRENT
    return Source(title, state, head.newest, head.fetched, stale or _oddities(head, failure))


def why_stale(feed: Feed, head: FeedHead, failure: Failure | None, now: datetime) -> str:
    """Why the feed no longer shows what is known, in words; empty while it does.

    Refusing a newer one makes the last good one stale at once: something is wrong with the feed or the way to it.
    """
    if failure and failure.refused:
        return f"as of {head.fetched:%Y-%m-%d}: a newer one was refused ({failure.reason})"
    if now - head.fetched > feed.max_age:
        why = f" ({failure.reason})" if failure else ""
        return f"as of {head.fetched:%Y-%m-%d}: not confirmed since{why}"
    if feed.max_silence and now - head.newest > feed.max_silence:
        return (
            f"as of {head.newest:%Y-%m-%d}: its publisher has added nothing since, or this place is no longer kept up"
        )
    return ""


def _oddities(head: FeedHead, failure: Failure | None) -> str:
    refused = f"{head.refused} records could not be read" if head.refused else ""
    odd = f"{head.not_comparable} versions do not parse" if head.not_comparable else ""
    return "; ".join(filter(None, (failure.reason if failure else "", refused, odd)))
