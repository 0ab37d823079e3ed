"""The local copy of what a release's signed indexes offer: one SQLite file a distribution, release and architecture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from posture.advisories.indexes.name import IndexPlace

ENDING = "sqlite"
SCHEMA_VERSION = 1  # PRAGMA user_version

# A version that does not parse has no key. `cand` holds every version of a name in every pocket.
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pocket (
    name TEXT PRIMARY KEY, date TEXT NOT NULL, valid_until TEXT, keyring TEXT NOT NULL, components TEXT NOT NULL,
    rows INTEGER NOT NULL, unparsable INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE cand (
    name TEXT NOT NULL, pocket TEXT NOT NULL, version TEXT NOT NULL, arch TEXT NOT NULL, source TEXT NOT NULL, key BLOB,
    PRIMARY KEY (name, pocket, version)
) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""


class Damaged(Exception):
    """The index file cannot be read."""


@dataclass(frozen=True, slots=True)
class Pocket:
    """A part of the archive as signed: when, until when it is valid, by which keys it was verified, what it offers."""

    name: str
    date: datetime
    valid_until: datetime | None
    keyring: str
    components: str
    rows: int
    unparsable: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of a package on offer; `key` is None when it does not parse."""

    pocket: str
    version: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Index:
    """An open index. Its times are aware, UTC; `fetched` is when it was last confirmed with the mirror."""

    fetched: datetime
    pockets: tuple[Pocket, ...]
    connection: sqlite3.Connection

    @property
    def date(self) -> datetime:
        """When the distribution signed the newest part."""
        return max(pocket.date for pocket in self.pockets)

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        """What is on offer under a package name.

        Raises:
            Damaged: the file cannot be read.
        """
        try:
            rows = self.connection.execute("SELECT pocket, version, key FROM cand WHERE name = ?", (name,)).fetchall()
        except sqlite3.Error as error:
            raise Damaged(str(error)) from error
        return tuple(Candidate(*row) for row in rows)

    def of_source(self, source: str, beginning: str) -> Iterator[tuple[str, Candidate]]:
        """The packages, with what is on offer of each, that were built from a source and whose names begin alike.

        Raises:
            Damaged: the file cannot be read.
        """
        query = "SELECT name, pocket, version, key FROM cand WHERE name >= ? AND name < ? AND source = ?"
        beyond = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        try:
            rows = self.connection.execute(query, (beginning, beyond, source)).fetchall()
        except sqlite3.Error as error:
            raise Damaged(str(error)) from error
        return ((name, Candidate(*offer)) for name, *offer in rows)


def to_text(time: datetime) -> str:
    """A time as it stands in the file."""
    return time.astimezone(UTC).isoformat(timespec="seconds")


def _pocket(row: sqlite3.Row) -> Pocket:
    until = row["valid_until"]
    return Pocket(
        name=row["name"],
        date=datetime.fromisoformat(row["date"]),
        valid_until=datetime.fromisoformat(until) if until else None,
        keyring=row["keyring"],
        components=row["components"],
        rows=row["rows"],
        unparsable=row["unparsable"],
    )


def _read(connection: sqlite3.Connection) -> Index:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != SCHEMA_VERSION:
        raise Damaged(f"written by another version of the program (layout {found}, not {SCHEMA_VERSION})")
    (fetched,) = connection.execute("SELECT value FROM meta WHERE key = 'fetched'").fetchone()
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    pockets = tuple(map(_pocket, cursor.execute("SELECT * FROM pocket ORDER BY name")))
    if not pockets:
        raise Damaged("it names no part of the archive")
    return Index(datetime.fromisoformat(fetched), pockets, connection)


@contextmanager
def open_index(place: IndexPlace) -> Iterator[Index | None]:
    """Open the index read-only; None when there is none.

    Raises:
        Damaged: the file cannot be read.
    """
    path = place.file(ENDING)
    try:
        there = path.exists()
    except OSError as error:  # the cache folder is closed to this account
        raise Damaged(f"{error.strerror}: {path.parent}") from error
    if not there:
        yield None
        return
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise Damaged(str(error)) from error
    with closing(connection):
        try:
            index = _read(connection)
        except (sqlite3.Error, TypeError, ValueError, IndexError) as error:
            raise Damaged(str(error)) from error
        yield index
