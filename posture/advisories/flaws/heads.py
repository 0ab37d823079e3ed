"""How old the feeds are, and whether that still lets anybody say that nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from posture.advisories.failure_note import read_failure
from posture.advisories.feeds.config import Feed
from posture.advisories.flaws.shelf import FeedFile, Head
from posture.model.run import Source, SourceState

NEXT_STEP = "run `posture feeds update`"
_OF_ONE = {"alpine-secdb": "Alpine", "debian-changelogs": "Debian", "debian-list": "Debian"}  # formats
# For a feed that is not configured (any more).
MOST_AGE = timedelta(days=7)  # since it was confirmed with where it comes from

# Since its newest entry: a source that says nothing new for so long is not being kept up, or the way to it is cut.
MOST_STANDSTILL = {
    "exploited": timedelta(days=30),
    "probability": timedelta(days=7),  # EPSS is computed daily
    "cycle": timedelta(days=90),
    "unsupported": timedelta(days=365),
    "known_key": timedelta(days=365),
}
MOST_SILENCE = timedelta(days=14)  # advisories


def why_stale(feed: FeedFile, now: datetime) -> str:
    """Why a feed no longer shows what is known, in words; empty while it does.

    The limits are those configured for the feed. Refusing a newer one makes the last good one stale at once.
    """
    head, rules = feed.head, feed.configured
    if feed.fault:
        return f"the feed {head.name} cannot be read to its end ({feed.fault})"
    if head.fetched is None or head.newest is None:
        return f"how old the feed {head.name} is, is not known"
    failure = read_failure(feed.place)
    silence = rules.max_silence if rules else _most_standstill(head)
    if failure and failure.refused:
        return f"a newer state of the feed {head.name} was refused ({failure.reason})"
    if silence and now - head.newest > silence:
        return f"the newest entry of the feed {head.name} is of {head.newest:%Y-%m-%d}"
    if now - head.fetched > (rules.max_age if rules else MOST_AGE):
        why = f" ({failure.reason})" if failure else ""
        return f"the feed {head.name} has not been confirmed since {head.fetched:%Y-%m-%d}{why}"
    return ""


def _most_standstill(head: Head) -> timedelta:
    if head.ecosystems:
        return MOST_SILENCE
    return max((MOST_STANDSTILL[kind] for kind in head.kinds), default=MOST_SILENCE)


def staleness(feeds: Iterable[FeedFile], now: datetime) -> str:
    """Why "nothing is known" cannot be said on the word of these feeds; empty when it can."""
    return "; ".join(why for feed in feeds if (why := why_stale(feed, now)))


def oldest(feeds: Sequence[FeedFile]) -> tuple[datetime | None, datetime | None]:
    """The newest entry of the feed that is furthest behind, and the earliest confirmation; None when not known."""
    newest = [feed.head.newest for feed in feeds]
    fetched = [feed.head.fetched for feed in feeds]
    return (
        min((at for at in newest if at), default=None) if all(newest) else None,
        min((at for at in fetched if at), default=None) if all(fetched) else None,
    )


def told(feeds: Iterable[FeedFile]) -> str:
    """``debian-dsa of 2026-08-21, debian-osv of 2026-11-20``."""
    return ", ".join(
        f"{feed.head.name} of {feed.head.newest:%Y-%m-%d}" if feed.head.newest else f"{feed.head.name} (no date)"
        for feed in feeds
    )


def source(feed: FeedFile, now: datetime) -> Source:
    """A feed as a source of verdicts."""
    head = feed.head
    why = why_stale(feed, now)
    refused = f"{head.refused} records could not be read" if head.refused else ""
    state = SourceState.STALE if why else SourceState.CURRENT
    return Source(f"feed: {head.name}", state, head.newest, head.fetched, "; ".join(filter(None, (why, refused))))


def missing(what: str, step: str = NEXT_STEP) -> Source:
    """A source that a verdict would have stood on."""
    return Source(f"feed: {what}", SourceState.MISSING, note=step)


def step_for(ecosystems: Iterable[str], configured: Iterable[Feed]) -> str:
    """What brings advisories of these ecosystems, ``Debian:12`` or ``PyPI``: an update only where a feed has them."""
    wanted = {name.partition(":")[0] for name in ecosystems}
    feeds = [feed for feed in configured if feed.enabled and (feed.format == "osv" or feed.format in _OF_ONE)]
    known = {name.partition(":")[0] for feed in feeds for name in feed.ecosystems or (_OF_ONE.get(feed.format, ""),)}
    if not feeds or "" in known or wanted & known:
        return NEXT_STEP
    return f"no feed of {', '.join(sorted(wanted))} is configured, see docs/feeds.md"
