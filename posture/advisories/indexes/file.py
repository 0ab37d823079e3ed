"""The local copy of what a release's signed indexes offer: one SQLite file a distribution, release and architecture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from posture.advisories.errors import Damaged
from posture.advisories.indexes.name import IndexPlace
from posture.advisories.indexes.offers import Candidate, Mend, Notice
from posture.advisories.indexes.shelf import Held, Shelf
from posture.model.severity import Severity

ENDING = "sqlite"
SCHEMA_VERSION = 2  # PRAGMA user_version
_AT_ONCE = 500  # names in one question; SQLite before 3.32 takes 999 values

# A version that does not parse has no key. `cand` holds every version of a name in every pocket; `module` is the stream
# of rpm's modular packages. `advisory` and `mends` are what the repository itself says of fixes (updateinfo).
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pocket (
    name TEXT PRIMARY KEY, date TEXT NOT NULL, valid_until TEXT, keyring TEXT NOT NULL, components TEXT NOT NULL,
    rows INTEGER NOT NULL, unparsable INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE cand (
    name TEXT NOT NULL, pocket TEXT NOT NULL, version TEXT NOT NULL, arch TEXT NOT NULL, module TEXT NOT NULL,
    source TEXT NOT NULL, key BLOB, PRIMARY KEY (name, pocket, version, arch, module)
) WITHOUT ROWID;
CREATE TABLE advisory (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, pocket TEXT NOT NULL, security INTEGER NOT NULL, severity INTEGER,
    issued TEXT, cves TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, reboot INTEGER NOT NULL
);
CREATE TABLE mends (
    name TEXT NOT NULL, version TEXT NOT NULL, arch TEXT NOT NULL, module TEXT NOT NULL, advisory INTEGER NOT NULL,
    key BLOB NOT NULL, PRIMARY KEY (name, version, arch, module, advisory)
) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""
_CANDIDATES = "SELECT name, pocket, version, key, arch, module FROM cand WHERE name IN ({marks}) ORDER BY name"
_MENDS = """
SELECT m.name, m.version, m.key, m.arch, m.module, a.id, a.security, a.severity, a.issued, a.cves, a.title, a.url,
    a.reboot
FROM mends AS m JOIN advisory AS a ON a.number = m.advisory WHERE m.name IN ({marks}) ORDER BY m.name
"""


@dataclass(frozen=True, slots=True)
class Pocket:
    """A part of the archive as signed: when, until when it is valid, by which keys it was verified, what it offers.

    `keyring` is empty where the mirror's configuration says that it is not signed.
    """

    name: str
    date: datetime
    valid_until: datetime | None
    keyring: str
    components: str
    rows: int
    unparsable: int


@dataclass(frozen=True, slots=True)
class Index:
    """An open index. Its times are aware, UTC; `fetched` is when it was last confirmed with the mirror.

    `held` is what was read of it before, shared by all who have it open.
    """

    fetched: datetime
    pockets: tuple[Pocket, ...]
    connection: sqlite3.Connection
    held: Held

    @property
    def date(self) -> datetime:
        """When the distribution signed the newest part."""
        return max(pocket.date for pocket in self.pockets)

    def candidates(self, names: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
        """What is on offer under each package name; names under which nothing is are left out.

        Raises:
            Damaged: the file cannot be read.
        """
        found, missing = self.held.candidates.known(names)
        for name, rows in self._by_name(_CANDIDATES, missing):
            found[name] = self.held.candidates.keep(name, tuple(Candidate._make(row[1:]) for row in rows))
        return found

    def mends(self, names: Iterable[str]) -> dict[str, tuple[Mend, ...]]:
        """What the repository's own advisories say of each package name; names without any are left out.

        Raises:
            Damaged: the file cannot be read.
        """
        found, missing = self.held.mends.known(names)
        for name, rows in self._by_name(_MENDS, missing):
            found[name] = self.held.mends.keep(name, tuple(_mend(row) for row in rows))
        return found

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

    def _by_name(self, query: str, names: Iterable[str]) -> Iterator[tuple[str, Iterator[Any]]]:
        left = iter(names)
        while some := tuple(islice(left, _AT_ONCE)):
            try:
                rows = self.connection.execute(query.format(marks=",".join("?" * len(some))), some).fetchall()
            except sqlite3.Error as error:
                raise Damaged(str(error)) from error
            yield from groupby(rows, key=lambda row: row[0])


def to_text(time: datetime) -> str:
    """A time as it stands in the file."""
    return time.astimezone(UTC).isoformat(timespec="seconds")


def _mend(row: Any) -> Mend:
    _, version, key, arch, module, name, security, severity, issued, cves, title, url, reboot = row
    notice = Notice(
        id=name,
        security=bool(security),
        severity=None if severity is None else Severity(severity),
        issued=datetime.fromisoformat(issued) if issued else None,
        cves=tuple(cves.split()),
        title=title,
        url=url,
        reboot=bool(reboot),
    )
    return Mend(version, key, arch, module, notice)


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


def _read(connection: sqlite3.Connection, path: Path, shelf: Shelf) -> Index:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != SCHEMA_VERSION:
        raise Damaged(f"written by another version of the program (layout {found}, not {SCHEMA_VERSION})")
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    pockets = tuple(map(_pocket, cursor.execute("SELECT * FROM pocket ORDER BY name")))
    if not pockets:
        raise Damaged("it names no part of the archive")
    return Index(datetime.fromisoformat(meta["fetched"]), pockets, connection, shelf.held(path, meta["state"]))


@contextmanager
def open_index(place: IndexPlace, shelf: Shelf | None = None) -> Iterator[Index | None]:
    """Open the index read-only; None when there is none. `shelf` holds what was read of it before.

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
            index = _read(connection, path, shelf or Shelf())
        except (sqlite3.Error, TypeError, ValueError, LookupError) as error:
            raise Damaged(str(error)) from error
        yield index
