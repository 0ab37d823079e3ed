"""Build an index beside the last good one, check it, and put it in its place in one step."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posture.advisories.errors import NotWritten, Refused
from posture.advisories.indexes.file import ENDING, SCHEMA, Pocket, to_text
from posture.advisories.indexes.name import IndexName, IndexPlace
from posture.advisories.indexes.offers import Mended, Notice, Offer
from posture.advisories.publish import publish

LEAST_SHARE = 0.9  # of the last time's rows; below, an archive has been emptied or cut short


@dataclass(frozen=True, slots=True)
class Part:
    """A verified part of an archive, to take its pocket's place. Times are aware, UTC.

    `keyring` says which keys it was verified with, empty where it is taken without a signature; `components` what was
    fetched of it. `offers` and `notices` are read once, while the index is written; they may raise RefreshError.
    """

    date: datetime
    valid_until: datetime | None
    keyring: str
    components: str
    offers: Iterable[Offer]
    notices: Iterable[tuple[Notice, Sequence[Mended]]] = ()


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a new index must hold: `main` some package, `lasting` hardly fewer packages than last time."""

    main: str
    lasting: tuple[str, ...]


def _forget(connection: sqlite3.Connection, pocket: str) -> None:
    connection.execute("DELETE FROM cand WHERE pocket = ?", (pocket,))
    connection.execute("DELETE FROM mends WHERE advisory IN (SELECT number FROM advisory WHERE pocket = ?)", (pocket,))
    connection.execute("DELETE FROM advisory WHERE pocket = ?", (pocket,))
    connection.execute("DELETE FROM pocket WHERE name = ?", (pocket,))


def _add(connection: sqlite3.Connection, pocket: str, part: Part) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO cand (name, pocket, version, arch, module, source, key) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (offer.name, pocket, offer.version, offer.architecture, offer.module, offer.source, offer.key)
            for offer in part.offers
        ),
    )
    for notice, mended in part.notices:
        _add_notice(connection, pocket, notice, mended)
    # Names, not versions: a repository that keeps old versions lets them go with every minor release.
    counts = "SELECT count(DISTINCT name), count(*) - count(key) FROM cand WHERE pocket = ?"
    rows, unparsable = connection.execute(counts, (pocket,)).fetchone()
    until = to_text(part.valid_until) if part.valid_until else None
    connection.execute(
        "INSERT INTO pocket VALUES (?, ?, ?, ?, ?, ?, ?)",
        (pocket, to_text(part.date), until, part.keyring, part.components, rows, unparsable),
    )


def _add_notice(connection: sqlite3.Connection, pocket: str, notice: Notice, mended: Sequence[Mended]) -> None:
    row = (
        notice.id,
        pocket,
        notice.security,
        None if notice.severity is None else int(notice.severity),
        to_text(notice.issued) if notice.issued else None,
        " ".join(notice.cves),
        notice.title,
        notice.url,
        notice.reboot,
    )
    number = connection.execute(
        "INSERT INTO advisory (id, pocket, security, severity, issued, cves, title, url, reboot)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO mends (name, version, arch, module, advisory, key) VALUES (?, ?, ?, ?, ?, ?)",
        ((one.name, one.version, one.architecture, one.module, number, one.key) for one in mended),
    )


def _fill(
    path: Path, name: IndexName, changed: Mapping[str, Part], kept: Sequence[Pocket], now: datetime
) -> dict[str, int]:
    """Write the file; answers with the rows of each pocket."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        if not kept:
            connection.executescript(SCHEMA)
        stay = {pocket.name for pocket in kept}
        with connection:
            gone = {row[0] for row in connection.execute("SELECT name FROM pocket")} - stay
            for pocket in gone:
                _forget(connection, pocket)
            for pocket, part in changed.items():
                _add(connection, pocket, part)
            # `state` tells this content from any other, for what is kept of it in memory.
            meta = {"fetched": to_text(now), "index": str(name)}
            if changed or gone:
                meta["state"] = secrets.token_hex(8)
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise NotWritten(f"the new index of {name} is damaged: {verdict}")
        return dict(connection.execute("SELECT name, rows FROM pocket"))


def _check_rows(name: IndexName, rows: Mapping[str, int], last: Sequence[Pocket], plausible: Plausible) -> None:
    if not rows.get(plausible.main):
        raise Refused(f"{plausible.main} offers no package for {name.architecture}")
    before = {pocket.name: pocket.rows for pocket in last}
    for pocket in plausible.lasting:
        offered = rows.get(pocket, 0)
        if offered < LEAST_SHARE * before.get(pocket, 0):
            raise Refused(
                f"{pocket} offers {offered} packages, last time it offered {before[pocket]}: an archive does not "
                "shrink like that. If it is meant, force the update"
            )


def _check_identity(  # noqa: PLR0913, PLR0917
    new: Path, path: Path, name: IndexName, rows: Mapping[str, int], last: Sequence[Pocket], plausible: Plausible
) -> None:
    """Refuse the well-signed content of another repository or architecture: one key often signs them all."""
    before = {pocket.name: pocket.rows for pocket in last}
    with closing(sqlite3.connect(f"{new.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("ATTACH ? AS old", (f"{path.absolute().as_uri()}?mode=ro" if before else ":memory:",))
        for pocket in plausible.lasting:
            own = "SELECT 1 FROM main.cand WHERE pocket = ? AND arch = ? LIMIT 1"
            if rows.get(pocket) and not connection.execute(own, (pocket, name.architecture)).fetchone():
                raise Refused(f"{pocket} holds no package for {name.architecture}: it is another architecture's")
            if before.get(pocket) and _still_there(connection, pocket) < LEAST_SHARE * before[pocket]:
                raise Refused(
                    f"{pocket} offers hardly any of the packages that it offered last time: another archive is served "
                    "in its place. If it is meant, force the update"
                )


def _still_there(connection: sqlite3.Connection, pocket: str) -> int:
    names = "SELECT DISTINCT name FROM {}.cand WHERE pocket = :pocket"
    query = f"SELECT count(*) FROM ({names.format('main')} INTERSECT {names.format('old')})"  # noqa: S608  constants
    (count,) = connection.execute(query, {"pocket": pocket}).fetchone()
    return int(count)


def build_index(  # noqa: PLR0913
    place: IndexPlace,
    changed: Mapping[str, Part],
    last: Sequence[Pocket],
    now: datetime,
    plausible: Plausible,
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
        known = () if force else last
        _check_rows(place.name, rows, known, plausible)
        _check_identity(new, path, place.name, rows, known, plausible)
        publish(new, path)
    except (OSError, sqlite3.Error) as error:
        raise NotWritten(f"cannot store the index of {place.name} in {place.folder}: {error}") from error
    finally:
        new.unlink(missing_ok=True)
    return sum(rows.values())
