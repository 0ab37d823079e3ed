"""A feed's files, and what the kept one says of itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from posture.advisories.errors import Damaged
from posture.advisories.feeds.schema import ENDING, SCHEMA_VERSION
from posture.model.text import visible

TABLES = ("advisory", "exploited", "probability", "cycle", "unsupported", "known_key")


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Where the files of a feed lie."""

    folder: Path
    name: str

    def file(self, ending: str = ENDING) -> Path:
        """One of its files: feed.sqlite (the feed itself; feed.sqlite.1 and .2 came before it), lock, failed.json."""
        return self.folder / f"{self.name}.{ending}"


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed's file says of itself. `rows` counts the lines of each ecosystem and the records of each other kind.

    `newest` is the date of its newest data, `fetched` when that was confirmed with where it comes from; both aware.
    """

    name: str
    newest: datetime
    fetched: datetime
    rows: Mapping[str, int]
    refused: int
    not_comparable: int
    sha256: str
    validators: str
    recipe: str

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def read_head(path: Path) -> FeedHead | None:
    """What a feed's file says of itself; None when there is none.

    Raises:
        Damaged: it cannot be read, or was written by another version of the program.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise Damaged(f"written by another version of posture (layout {version}, not {SCHEMA_VERSION})")
            return _head(dict(connection.execute("SELECT key, value FROM meta")), connection)
    except (sqlite3.Error, OSError, KeyError, ValueError, TypeError) as error:
        raise Damaged(visible(str(error), 160)) from error


def rows_of(connection: sqlite3.Connection) -> dict[str, int]:
    """The lines of each ecosystem, and the records of each other kind that there are."""
    rows = dict(connection.execute("SELECT name, rows FROM ecosystem"))
    for table in TABLES[1:]:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  constants only
        if count:
            rows[table] = count
    return rows


def _head(meta: Mapping[str, str], connection: sqlite3.Connection) -> FeedHead:
    (odd,) = connection.execute("SELECT coalesce(sum(not_comparable), 0) FROM ecosystem").fetchone()
    return FeedHead(
        name=meta["name"],
        newest=moment(meta["newest"]),
        fetched=moment(meta["fetched"]),
        rows=rows_of(connection),
        refused=int(meta.get("refused", 0)),
        not_comparable=int(odd),
        sha256=meta.get("sha256", ""),
        validators=meta.get("validators", ""),
        recipe=meta.get("recipe", ""),
    )


def moment(text: str) -> datetime:
    """A time as it stands in the file; aware."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def day(text: str | None) -> date | None:
    """A day as it stands in the file, with or without a time."""
    return date.fromisoformat(text[:10]) if text else None
