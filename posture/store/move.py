"""From one database to another, row by row, losing nothing: and proof of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, insert, select, text

from posture.store import schema
from posture.store.actions import Actions, BrokenEntry, Head
from posture.store.database import EVERYONE, Database, connect_to
from posture.store.errors import StoreError
from posture.store.migrate import refuse_another_schema
from posture.store.portions import portions
from posture.store.standstill import held_still, refuse_work_under_way

AT_ONCE = 500  # rows in one statement
LARGE_AT_ONCE = 25  # of those that hold compressed facts, each of up to megabytes
NUMBERED = (
    "scan_unit",
    "finding_event",
    "acceptance",
    "ssh_pin",
    "revocation",
    "dispute",
    "enforcement_record",
    "legal_hold",
)
"""Tables whose rows PostgreSQL numbers by a sequence, which has to go on after the last row."""

Told = Callable[[str, str, int], None]
"""Told again and again: "copied" or "compared", the table, and how many of its rows so far."""


class NotTheSame(StoreError):
    """A table of the one database is not that of the other."""


@dataclass(frozen=True, slots=True)
class TableDigest:
    """A table: its rows, and SHA-256 over them in the order of their keys."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What a database came to that holds all of another: its tables, and the state of its log of actions."""

    tables: tuple[TableDigest, ...]
    head: Head
    broken: BrokenEntry | None


def moved(source: str, target: str, told: Told, is_gone: Callable[[str], bool], now: datetime) -> Moved:
    """Copy every row of a database into another one that is empty, in one transaction, then compare all tables.

    Equal tables give equal digests of runs, which are made of nothing else. The log's chain is followed once more.

    Args:
        source: its URL; nobody writes into it until the end.
        target: its URL, its tables made by an upgrade.
        told: how it goes on.
        is_gone: whether the worker of that name has surely ended.
        now: leases that ended before are over.

    Raises:
        NotTheSame: a table came out otherwise; nothing was written.
        StoreError: a schema is not this version's, the target is not empty, somebody works on the source, a row cannot
            be held by the target, or a database does not answer; nothing was written.
    """
    # The source is let go before the target's transaction ends: what is found out then rolls it back.
    with _both(source, target) as (here, there), there.writing(EVERYONE) as writing, held_still(here) as reading:
        there.unhurried(writing)
        refuse_work_under_way(reading, here.place, is_gone, now)
        _refuse_filled(writing, there)
        for table in schema.METADATA.sorted_tables:
            _copy(table, reading, writing, told)
        if there.is_postgresql:
            _number_on(writing)
        return _with_log(_compared(reading, writing, told), here)


def compared(one: str, other: str, told: Told) -> Moved:
    """Compare all tables of two databases.

    Raises:
        NotTheSame: one of them differs.
        StoreError: a schema is not this version's, or a database does not answer.
    """
    with (
        _both(one, other) as (here, there),
        here.reading(EVERYONE) as left,
        there.reading(EVERYONE) as right,
    ):
        here.unhurried(left)
        there.unhurried(right)
        return _with_log(_compared(left, right, told), here)


@contextmanager
def _both(source: str, target: str) -> Iterator[tuple[Database, Database]]:
    """Two databases, which have to be there, with the tables of this version."""
    with ExitStack() as opened:
        both = []
        for url in (source, target):
            database = connect_to(url, make=False)
            opened.callback(database.engine.dispose)
            refuse_another_schema(database)
            both.append(database)
        here, there = both
        if not here.is_postgresql and not there.is_postgresql and Path(here.place).samefile(there.place):
            raise StoreError(f"{here.place} and {there.place} are the same database; name two")
        yield here, there


def _with_log(tables: tuple[TableDigest, ...], here: Database) -> Moved:
    """The tables are the same in both, so the chain is followed in one of them."""
    log = Actions(here)
    head = log.actions_head()
    return Moved(tables, head, log.verify_actions(head))


def _refuse_filled(connection: Connection, database: Database) -> None:
    for table in schema.METADATA.sorted_tables:
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise StoreError(f"{database.place} is not empty: {table.name} has rows. Name a new database")


def _copy(table: Table, reading: Connection, writing: Connection, told: Told) -> None:
    count = 0
    to_postgresql = writing.dialect.name == "postgresql"
    for rows in portions(_rows(table, reading), _at_once(table)):
        if to_postgresql:
            _refuse_nul(table, rows)
        writing.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
        told("copied", table.name, count)


def _refuse_nul(table: Table, rows: list[Any]) -> None:
    """SQLite holds NUL in a text, PostgreSQL never. All that enters goes through `visible`, which leaves none."""
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and "\0" in value:
                key = ", ".join(repr(row[part.name]) for part in table.primary_key)
                raise StoreError(
                    f"{table.name} has a NUL character in {column} of the row {key}, which PostgreSQL cannot hold. "
                    "No version of this program writes one: see in a copy of the database who did"
                )


def _at_once(table: Table) -> int:
    return LARGE_AT_ONCE if any(isinstance(column.type, LargeBinary) for column in table.columns) else AT_ONCE


def _rows(table: Table, connection: Connection) -> Iterator[Any]:
    ordered = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_at_once(table))
    yield from connection.execute(ordered).mappings()


def _number_on(connection: Connection) -> None:
    for name in NUMBERED:
        newest = f"(SELECT coalesce(max(id), 0) FROM {name})"  # noqa: S608  a name of ours
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {newest} + 1, false)"))


def _compared(one: Connection, other: Connection, told: Told) -> tuple[TableDigest, ...]:
    found = []
    for table in schema.METADATA.sorted_tables:
        left, right = _digest(table, one), _digest(table, other)
        if left != right:
            raise NotTheSame(
                f"{table.name} is not the same: {left.rows:,} rows ({left.sha256[:16]}) here, {right.rows:,} rows "
                f"({right.sha256[:16]}) there"
            )
        found.append(left)
        told("compared", table.name, left.rows)
    return tuple(found)


def _digest(table: Table, connection: Connection) -> TableDigest:
    whole, count = hashlib.sha256(), 0
    for row in _rows(table, connection):
        count += 1
        for name, value in sorted(row.items()):
            whole.update(f"{name}\0{_canonical(value)}\0".encode())
    return TableDigest(table.name, count, whole.hexdigest())


def _canonical(value: Any) -> str:
    """The same text for what the two databases give back in types of their own."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return repr(int(value)) if isinstance(value, bool) else repr(value)
