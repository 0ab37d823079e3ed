"""Build a feed's file beside the last good one, check it, and put it in its place in one step."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from posture.advisories.errors import Damaged, NotWritten, Refused
from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.file import FeedHead, FeedPlace, read_head, rows_of
from posture.advisories.feeds.parsers import parser
from posture.advisories.feeds.schema import SCHEMA
from posture.advisories.feeds.write import Writer, Written
from posture.advisories.publish import publish

LEAST_SHARE = 0.9  # of the last time's rows of each ecosystem; below, a feed has been emptied or cut short
FEW = 5  # rows that may always go
MOST_UNREADABLE = 0.1  # of all records; more, and the format is not what it was
MOST_NOT_COMPARABLE = 0.1  # of an ecosystem's lines
CLOCKS_DIFFER = timedelta(days=1)
KEPT = 2  # earlier files, NAME.feed.sqlite.1 the last one


@dataclass(frozen=True, slots=True)
class Content:
    """What was fetched: the files, and what the feed's file is to remember of them."""

    files: Iterable[tuple[str, bytes]]
    sha256: str
    validators: str
    recipe: str
    location: str  # without a login
    signer: str
    modified: datetime  # the date for a feed that gives none
    until: float = math.inf  # when to give up, by time.monotonic()


def build_feed(  # noqa: PLR0913
    feed: Feed, place: FeedPlace, content: Content, last: FeedHead | None, now: datetime, *, force: bool = False
) -> FeedHead:
    """Write the feed's file and put it in the place of the last good one, which stays untouched when this fails.

    `force` takes a feed that has shrunk; never one that is older than the last, or that cannot be read.

    Raises:
        Refused: the new content is not to be trusted.
        NotWritten: the disk is full, or the file came out damaged.
    """
    new = place.file("new")
    try:
        new.unlink(missing_ok=True)
        _check(feed, _fill(new, feed, content, last, now), now)
        head = read_head(new)
        if head is None:
            raise NotWritten(f"the new file of {feed.name} has gone from {place.folder}")
        _check_against_last(feed, head, last, force=force)
        _publish(new, place.file())
    except Damaged as error:
        raise NotWritten(f"the new file of {feed.name} is damaged: {error}") from error
    except (OSError, sqlite3.Error) as error:
        raise NotWritten(f"cannot store the feed {feed.name} in {place.folder}: {error}") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    return head


def confirm_feed(place: FeedPlace, now: datetime, validators: str) -> FeedHead:
    """Note that the content is unchanged: in a copy, so that a reader never meets a half-written file.

    Raises:
        NotWritten: the disk is full, or the file is damaged.
    """
    new = place.file("new")
    try:
        shutil.copyfile(place.file(), new)
        with closing(sqlite3.connect(new)) as connection, connection:
            connection.execute("PRAGMA journal_mode = OFF")
            meta = (("fetched", now.isoformat()), ("validators", validators))
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta)
        head = read_head(new)
        if head is None:
            raise NotWritten(f"the file of {place.name} has gone from {place.folder}")
        publish(new, place.file())
    except (Damaged, OSError, sqlite3.Error) as error:
        raise NotWritten(f"cannot store the feed {place.name} in {place.folder}: {error}") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    return head


def _fill(path: Path, feed: Feed, content: Content, last: FeedHead | None, now: datetime) -> Written:
    with closing(sqlite3.connect(path)) as connection:
        settings = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
        connection.executescript(settings + SCHEMA)
        with connection:
            writer = Writer(connection, now + CLOCKS_DIFFER, content.until)
            writer.put(parser(feed.format)(content.files, feed.ecosystems))
            written = writer.written
            told = written.dated or written.newest_entry
            newest = told or content.modified
            if told and last is not None and told < last.newest:
                raise Refused(
                    f"its data is of {newest:%Y-%m-%d %H:%M}, older than what is kept ({last.newest:%Y-%m-%d %H:%M})"
                )
            meta = {
                "name": feed.name,
                "format": feed.format,
                "location": content.location,
                "newest": newest.isoformat(),
                "fetched": now.isoformat(),
                "sha256": content.sha256,
                "signer": content.signer,
                "validators": content.validators,
                "recipe": content.recipe,
                "rows": str(sum(rows_of(connection).values())),
                "refused": str(written.refused),
                "max_age": str(feed.max_age.days),
                "max_silence": str(feed.max_silence.days) if feed.max_silence else "",
            }
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise NotWritten(f"the new file of {feed.name} is damaged: {verdict}")
        _check_versions(connection)
        return written


def _check(feed: Feed, written: Written, now: datetime) -> None:
    examples = "; ".join(written.examples)
    if not written.records:
        raise Refused(f"it holds no record of the format {feed.format}{f' ({examples})' if examples else ''}")
    if written.refused > FEW and written.refused > MOST_UNREADABLE * (written.records + written.refused):
        many = f"{written.refused} of {written.records + written.refused} records"
        raise Refused(f"{many} cannot be read: {examples}")
    if written.dated and written.dated > now + CLOCKS_DIFFER:
        raise Refused(f"its date, {written.dated:%Y-%m-%d}, lies in the future")


def _check_versions(connection: sqlite3.Connection) -> None:
    for name, rows, odd in connection.execute("SELECT name, rows, not_comparable FROM ecosystem"):
        if odd > FEW and odd > MOST_NOT_COMPARABLE * rows:
            raise Refused(f"{odd} of {rows} versions of {name} do not parse")


def _check_against_last(feed: Feed, head: FeedHead, last: FeedHead | None, *, force: bool) -> None:
    if not head.total:
        raise Refused("it holds nothing that would be kept")
    if last is None or force:
        return
    for name, before in _wanted(last.rows, feed.ecosystems).items():
        rows = head.rows.get(name, 0)
        if rows < LEAST_SHARE * before and before - rows > FEW:
            raise Refused(
                f"it has {rows} rows of {name}, last time it had {before}: a feed does not shrink like that. "
                "If it is meant, force the update"
            )


def _wanted(rows: Mapping[str, int], ecosystems: frozenset[str]) -> dict[str, int]:
    """Without the ecosystems that the configuration no longer names."""
    other = {"exploited", "probability", "cycle", "unsupported", "known_key"}
    return {
        name: count
        for name, count in rows.items()
        if not ecosystems or name in other or name.partition(":")[0] in ecosystems
    }


def _publish(new: Path, path: Path) -> None:
    """Keep the last files, then put the new one in the place of the last."""
    older = [path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1)]
    if path.exists():
        for younger, elder in zip(reversed(older[:-1]), reversed(older[1:]), strict=True):
            if younger.exists():
                younger.replace(elder)
        older[0].unlink(missing_ok=True)
        try:
            os.link(path, older[0])
        except OSError:  # the file system has no links
            shutil.copyfile(path, older[0])
    publish(new, path)
