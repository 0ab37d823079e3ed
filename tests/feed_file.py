"""Feeds' files as `posture feeds update` leaves them, made of records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from posture.advisories.feeds.records import (
    Advisory,
    Affected,
    Cycle,
    Exploited,
    Probability,
    Record,
    Scheme,
    Unsupported,
)
from posture.advisories.feeds.schema import ENDING, SCHEMA
from posture.advisories.versions.order import NotComparable, key

NOW = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)


def write_feed(
    folder: Path, name: str, records: Iterable[Record], *, newest: datetime = NOW, fetched: datetime = NOW
) -> Path:
    """Write one feed's file; in one step, as an update does."""
    folder.mkdir(parents=True, exist_ok=True)
    path, building = folder / f"{name}.{ENDING}", folder / f"{name}.building"
    building.unlink(missing_ok=True)
    with closing(sqlite3.connect(building)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        with connection:
            meta = {"name": name, "newest": newest.isoformat(), "fetched": fetched.isoformat(), "refused": "0"}
            connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            _fill(connection, records)
    building.replace(path)
    return path


def _fill(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    ecosystems: dict[str, tuple[Scheme, int]] = {}
    for number, record in enumerate(records):
        match record:
            case Advisory():
                _advisory(connection, number, record, ecosystems)
            case Exploited():
                row = record.cve, str(record.added), record.due and str(record.due), record.ransomware
                connection.execute("INSERT OR REPLACE INTO exploited VALUES (?, ?, ?, ?)", row)
            case Probability():
                row = record.cve, record.epss, record.percentile
                connection.execute("INSERT OR REPLACE INTO probability VALUES (?, ?, ?)", row)
            case Cycle():
                dates = (day and str(day) for day in (record.until, record.released))
                until, released = dates
                row = record.product, record.cycle, record.phase.value, until, record.latest, released
                connection.execute("INSERT INTO cycle VALUES (?, ?, ?, ?, ?, ?)", row)
            case Unsupported():
                since = record.since and str(record.since)
                row = record.ecosystem, record.source, record.limited, since, record.version, record.note
                connection.execute("INSERT OR REPLACE INTO unsupported VALUES (?, ?, ?, ?, ?, ?)", row)
    rows = ((name, scheme.value, count, 0) for name, (scheme, count) in ecosystems.items())
    connection.executemany("INSERT INTO ecosystem VALUES (?, ?, ?, ?)", rows)


def _advisory(
    connection: sqlite3.Connection, number: int, advisory: Advisory, ecosystems: dict[str, tuple[Scheme, int]]
) -> None:
    published = advisory.published.isoformat() if advisory.published else None
    connection.execute(
        "INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, advisory.id, None if advisory.severity is None else int(advisory.severity), advisory.score,
            published, published, advisory.summary, advisory.url, " ".join(advisory.cves),
        ),
    )  # fmt: skip
    for line, one in enumerate(advisory.affected):
        ecosystems[one.ecosystem] = one.scheme, ecosystems.get(one.ecosystem, (one.scheme, 0))[1] + 1
        connection.execute(
            f"INSERT INTO affected VALUES ({','.join('?' * 15)})",
            (
                one.ecosystem, one.name, number, line, one.binary, one.module, one.state.value, one.channel,
                " ".join(one.architectures), _key(one, one.introduced), _key(one, one.fixed), _key(one, one.last),
                one.introduced, one.fixed, one.last,
            ),
        )  # fmt: skip


def _key(one: Affected, version: str) -> bytes | None:
    try:
        return key(one.scheme, version) if version else None
    except NotComparable:
        return None
