"""Write a feed's records into its SQLite file, one at a time."""

from __future__ import annotations

import math
import sqlite3
import time as clock
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from posture.advisories.errors import Refused
from posture.advisories.feeds.merge import TooMany, merge_head, next_line, number_of
from posture.advisories.feeds.records import (
    Advisory,
    Affected,
    Cycle,
    Dated,
    Exploited,
    KnownKey,
    Probability,
    Record,
    Refusal,
    Scheme,
    Unsupported,
)
from posture.advisories.versions.order import NotComparable, key
from posture.model.text import visible

_FIRST_REFUSALS = 3  # told by name
_TEXT = 400


@dataclass(slots=True)
class Written:
    """What came of the records. `newest` is the date that the feed gives, else that of its newest entry."""

    records: int = 0
    refused: int = 0
    examples: list[str] = field(default_factory=list)
    dated: datetime | None = None
    newest_entry: datetime | None = None

    def refuse(self, what: str, why: str) -> None:
        """Count a record that could not be read."""
        self.refused += 1
        if len(self.examples) < _FIRST_REFUSALS:
            self.examples.append(visible(f"{what}: {why}", 160))

    def seen(self, moment: datetime | date | None, latest: datetime) -> None:
        """Note the date of an entry; one in the future says nothing."""
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), UTC)
        if moment is not None and moment <= latest and (self.newest_entry is None or moment > self.newest_entry):
            self.newest_entry = moment


class Writer:
    """Puts records into an open file that has the tables of posture.advisories.feeds.schema."""

    def __init__(self, connection: sqlite3.Connection, latest: datetime, until: float = math.inf) -> None:
        self._connection = connection
        self._until = until  # by time.monotonic()
        self._latest = latest  # entries of a later date are not believed
        self._schemes: dict[str, Scheme] = {}
        self._rows: Counter[str] = Counter()
        self._odd: Counter[str] = Counter()
        self.written = Written()

    def put(self, records: Iterable[Record | Refusal]) -> None:
        """Write all of them.

        Raises:
            Refused: it takes too long.
        """
        for record in records:
            if clock.monotonic() > self._until:
                raise Refused("it takes too long to build")
            if isinstance(record, Refusal):
                self.written.refuse(record.what, record.why)
            elif isinstance(record, Dated):
                self.written.dated = max(filter(None, (self.written.dated, record.at)))
            else:
                self.written.records += 1
                self._put(record)
        self._connection.executemany(
            "INSERT INTO ecosystem VALUES (?, ?, ?, ?)",
            ((name, scheme.value, self._rows[name], self._odd[name]) for name, scheme in self._schemes.items()),
        )

    def _put(self, record: Advisory | Exploited | Probability | Cycle | Unsupported | KnownKey) -> None:
        match record:
            case Advisory():
                self._advisory(record)
            case Exploited():
                self.written.seen(record.added, self._latest)
                row = (record.cve, _day(record.added), _day(record.due), record.ransomware)
                self._row("exploited", *row)
            case Probability():
                self._row("probability", record.cve, record.epss, record.percentile)
            case Cycle():
                ends = (_day(record.until), record.latest, _day(record.released))
                self._row("cycle", record.product, record.cycle, record.phase.value, *ends)
            case Unsupported():
                told = (_day(record.since), record.version, record.note)
                self._row("unsupported", record.ecosystem, record.source, record.limited, *told)
            case KnownKey():
                self._row("known_key", record.hash, record.list)

    def _row(self, table: str, *values: object) -> None:
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)  # noqa: S608  constants

    def _advisory(self, advisory: Advisory) -> None:
        self.written.seen(advisory.modified or advisory.published, self._latest)
        if advisory.withdrawn:
            if number_of(self._connection, advisory.id) is not None:
                self.written.refuse(advisory.id, "it is there twice, once withdrawn; the one that was not counts")
            return
        done = self._connection.execute(
            "INSERT OR IGNORE INTO advisory (id, severity, score, published, modified, summary, url, cves)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                advisory.id,
                None if advisory.severity is None else int(advisory.severity),
                advisory.score,
                _instant(advisory.published),
                _instant(advisory.modified),
                visible(advisory.summary, _TEXT),
                advisory.url,
                " ".join(advisory.cves),
            ),
        )
        if not done.rowcount:
            self._again(advisory)
            return
        self._insert(self._line(done.lastrowid, line, one) for line, one in enumerate(advisory.affected))

    def _insert(self, lines: Iterable[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * 15)
        self._connection.executemany(f"INSERT INTO affected VALUES ({marks})", lines)  # noqa: S608  constants

    def _again(self, advisory: Advisory) -> None:
        """A further record of one that is there: a file for each release, or in the archive of each ecosystem."""
        number = number_of(self._connection, advisory.id)
        assert number is not None  # noqa: S101  it was there
        merge_head(self._connection, number, advisory)
        try:
            for one in advisory.affected:
                said = (*_said(one), one.introduced, one.fixed, one.last)
                if line := next_line(self._connection, number, (one.ecosystem, one.name), said):
                    self._insert([self._line(number, line, one)])
        except TooMany:
            self.written.refuse(advisory.id, "it is there again, with more lines about a package than can be compared")

    def _line(self, number: int | None, line: int, one: Affected) -> tuple[object, ...]:
        self._schemes.setdefault(one.ecosystem, one.scheme)
        self._rows[one.ecosystem] += 1
        versions = (one.introduced, one.fixed, one.last)
        keys = tuple(_key(one.scheme, version) for version in versions)
        self._odd[one.ecosystem] += any(
            version and found is None for version, found in zip(versions, keys, strict=True)
        )
        return (one.ecosystem, one.name, number, line, *_said(one), *keys, *versions)


def _said(one: Affected) -> tuple[object, ...]:
    """What a line says besides the versions, in the order of the columns."""
    return (one.binary, one.module, one.state.value, one.channel, " ".join(one.architectures))


def _key(scheme: Scheme, version: str) -> bytes | None:
    try:
        return key(scheme, version) if version else None
    except NotComparable:
        return None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
