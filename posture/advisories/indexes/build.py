"""Build an index beside the last good one, check it, and put it in its place in one step."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import NotWritten, Refused
from posture.advisories.indexes.apt.fetch import FetchedSuite
from posture.advisories.indexes.apt.packages_file import read_offers
from posture.advisories.indexes.apt.sources import ArchiveEntry
from posture.advisories.indexes.file import ENDING, SCHEMA, Pocket, to_text
from posture.advisories.indexes.name import IndexName, IndexPlace

LEAST_SHARE = 0.9  # of the last time's rows; below, an archive has been emptied or cut short


def _keyring(entry: ArchiveEntry) -> str:
    """Which keys the suite was verified with."""
    if "BEGIN PGP" in entry.signed_by:
        return "the key block in the archive list"
    return entry.signed_by or "the keys this machine's apt trusts"


def _replace(connection: sqlite3.Connection, pocket: str, suite: FetchedSuite) -> None:
    """Put what a suite offers in the place of what it offered before."""
    connection.execute("DELETE FROM cand WHERE pocket = ?", (pocket,))
    connection.executemany(
        "INSERT OR IGNORE INTO cand (name, pocket, version, arch, source, key) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (offer.name, pocket, offer.version, offer.architecture, offer.source, offer.key)
            for path in suite.packages
            for offer in read_offers(path)
        ),
    )
    counts = "SELECT count(*), count(*) - count(key) FROM cand WHERE pocket = ?"
    rows, unparsable = connection.execute(counts, (pocket,)).fetchone()
    head = suite.release
    connection.execute(
        "INSERT OR REPLACE INTO pocket VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            pocket,
            to_text(head.date),
            to_text(head.valid_until) if head.valid_until else None,
            _keyring(suite.entry),
            " ".join(suite.entry.components),
            rows,
            unparsable,
        ),
    )


def _fill(
    path: Path, name: IndexName, changed: dict[str, FetchedSuite], kept: Sequence[Pocket], now: datetime
) -> dict[str, int]:
    """Write the file; answers with the rows of each pocket."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        if not kept:
            connection.executescript(SCHEMA)
        stay = {*changed, *(pocket.name for pocket in kept)}
        with connection:
            for gone in [row for row in connection.execute("SELECT name FROM pocket") if row[0] not in stay]:
                connection.execute("DELETE FROM cand WHERE pocket = ?", gone)
                connection.execute("DELETE FROM pocket WHERE name = ?", gone)
            for pocket, suite in changed.items():
                _replace(connection, pocket, suite)
            meta = {"fetched": to_text(now), "index": str(name)}
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise NotWritten(f"the new index of {name} is damaged: {verdict}")
        return dict(connection.execute("SELECT name, rows FROM pocket"))


def _check_rows(name: IndexName, rows: dict[str, int], last: Sequence[Pocket]) -> None:
    """-updates is left out: it is emptied at every point release."""
    security, _, main = name.pockets
    if not rows.get(main):
        raise Refused(f"{main} offers no package for {name.architecture}")
    before = {pocket.name: pocket.rows for pocket in last}
    for pocket in (main, security):
        if rows[pocket] < LEAST_SHARE * before.get(pocket, 0):
            raise Refused(
                f"{pocket} offers {rows[pocket]} packages, last time it offered {before[pocket]}: an archive does not "
                "shrink like that. If it is meant, force the update"
            )


def _publish(new: Path, path: Path) -> None:
    """Make the new file durable, then rename it over the old one."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def build_index(
    place: IndexPlace,
    changed: dict[str, FetchedSuite],
    last: Sequence[Pocket],
    now: datetime,
    *,
    force: bool = False,
) -> int:
    """Write the index: `changed` pockets anew, the pockets of `last` as they were. Answers with its number of rows.

    Pockets that are in neither are dropped. Nothing happens to the last good index when this fails. `force` takes an
    archive that has shrunk.

    Raises:
        Refused: the new content is implausible.
        NotWritten: the disk is full, or the file came out damaged.
    """
    path = place.file(ENDING)
    new = place.file("new")
    kept = [pocket for pocket in last if pocket.name not in changed]
    try:
        new.unlink(missing_ok=True)
        if kept:
            shutil.copyfile(path, new)
        rows = _fill(new, place.name, changed, kept, now)
        _check_rows(place.name, rows, () if force else last)
        _publish(new, path)
    except (OSError, sqlite3.Error) as error:
        raise NotWritten(f"cannot store the index of {place.name} in {place.folder}: {error}") from error
    finally:
        new.unlink(missing_ok=True)
    return sum(rows.values())
