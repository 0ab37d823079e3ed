"""Two records of one advisory made one: a repository may have a file of it for each release that it is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from posture.advisories.feeds.records import Advisory

MOST_LINES = 1000  # about one package in one advisory, to hold more of them against

_SAID = "is_binary, module, state, channel, architectures, introduced_text, fixed_text, last_text"
_SAME = " AND ".join(f"{column.strip()} = ?" for column in _SAID.split(","))
_PACKAGE = "ecosystem = ? AND name = ? AND advisory = ?"


def number_of(connection: sqlite3.Connection, advisory: str) -> int | None:
    """The number under which an advisory is kept."""
    row = connection.execute("SELECT number FROM advisory WHERE id = ?", (advisory,)).fetchone()
    return int(row[0]) if row else None


def merge_head(connection: sqlite3.Connection, number: int, again: Advisory) -> None:
    """The worse severity and score, the union of CVEs, the newest change; a text that the first one lacks."""
    (known,) = connection.execute("SELECT cves FROM advisory WHERE number = ?", (number,)).fetchone()
    cves = dict.fromkeys((*known.split(), *again.cves))
    connection.execute(
        "UPDATE advisory SET severity = max(coalesce(severity, ?1), coalesce(?1, severity)),"
        " score = max(coalesce(score, ?2), coalesce(?2, score)),"
        " modified = max(coalesce(modified, ?3), coalesce(?3, modified)),"
        " published = min(coalesce(published, ?4), coalesce(?4, published)),"
        " url = CASE url WHEN '' THEN ?5 ELSE url END, cves = ?6 WHERE number = ?7",
        (
            None if again.severity is None else int(again.severity),
            again.score,
            again.modified.isoformat() if again.modified else None,
            again.published.isoformat() if again.published else None,
            again.url,
            " ".join(cves),
            number,
        ),
    )


class TooMany(Exception):
    """A package is named too often in one advisory to tell what is said twice."""


def next_line(connection: sqlite3.Connection, number: int, package: tuple[str, str], said: Iterable[object]) -> int:
    """The number of a further line about a package, (ecosystem, name); 0 for one that is there already.

    `said` has the values of the columns that tell lines apart, in their order; the keys follow from the texts.

    Raises:
        TooMany: see there.
    """
    where = (*package, number)
    asked = f"SELECT coalesce(max(line), 0) FROM affected WHERE {_PACKAGE}"  # noqa: S608  constants
    (last,) = connection.execute(asked, where).fetchone()
    held = f"SELECT count(*) FROM (SELECT 1 FROM affected WHERE {_PACKAGE} LIMIT {MOST_LINES})"  # noqa: S608  likewise
    if connection.execute(held, where).fetchone() == (MOST_LINES,):
        raise TooMany
    asked = f"SELECT 1 FROM affected WHERE {_PACKAGE} AND {_SAME}"  # noqa: S608  likewise
    return 0 if connection.execute(asked, (*where, *said)).fetchone() else int(last) + 1
