"""From one database to another, row by row, losing nothing: and proof of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from posture.store import schema
from posture.store.database import EVERYONE, Database, connect_to
from posture.store.errors import StoreError
from posture.store.migrate import refuse_another_schema
from posture.store.portions import portions

AT_ONCE = 500  # rows in one statement
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

Told = Callable[[str, int], None]
"""Told of a table, and how many of its rows were copied."""


class NotTheSame(StoreError):
    """A table of the one database is not that of the other."""


@dataclass(frozen=True, slots=True)
class TableDigest:
    """A table: its rows, and SHA-256 over them in the order of their keys."""

    name: str
    rows: int
    sha256: str


def moved(source: str, target: str, told: Told) -> tuple[TableDigest, ...]:
    """Copy every row of a database into another one that is empty, in one transaction, then compare all tables.

    Args:
        source: its URL; read in one state, while others may go on reading it.
        target: its URL, its tables made by an upgrade.
        told: of each table as it is done.

    Raises:
        NotTheSame: a table came out otherwise; nothing was written.
        StoreError: a schema is not this version's, the target is not empty, somebody works on the source, or a database
            does not answer; nothing was written.
    """
    here, there = connect_to(source), connect_to(target)
    try:
        refuse_another_schema(here)
        refuse_another_schema(there)
        with here.reading(EVERYONE) as reading, there.writing(EVERYONE) as writing:
            _refuse_work_under_way(reading, here)
            _refuse_filled(writing, there)
            for table in schema.METADATA.sorted_tables:
                told(table.name, _copied(table, reading, writing))
            if there.is_postgresql:
                _number_on(writing)
            return _compared(reading, writing)
    finally:
        here.engine.dispose()
        there.engine.dispose()


def compared(one: str, other: str) -> tuple[TableDigest, ...]:
    """Compare all tables of two databases.

    Raises:
        NotTheSame: one of them differs.
        StoreError: a schema is not this version's, or a database does not answer.
    """
    here, there = connect_to(one), connect_to(other)
    try:
        refuse_another_schema(here)
        refuse_another_schema(there)
        with here.reading(EVERYONE) as left, there.reading(EVERYONE) as right:
            return _compared(left, right)
    finally:
        here.engine.dispose()
        there.engine.dispose()


def _refuse_work_under_way(connection: Connection, database: Database) -> None:
    leased = select(func.count()).select_from(schema.scan_unit).where(schema.LEASED)
    if count := connection.execute(leased).scalar_one():
        raise StoreError(
            f"{count} units are under way in {database.place}: let the audit or the night end, or stop it and start it "
            "again until it has ended"
        )


def _refuse_filled(connection: Connection, database: Database) -> None:
    for table in schema.METADATA.sorted_tables:
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise StoreError(f"{database.place} is not empty: {table.name} has rows. Name a new database")


def _copied(table: Table, reading: Connection, writing: Connection) -> int:
    count = 0
    for rows in portions(_rows(table, reading), AT_ONCE):
        writing.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count


def _rows(table: Table, connection: Connection) -> Iterator[Any]:
    ordered = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    yield from connection.execute(ordered).mappings()


def _number_on(connection: Connection) -> None:
    for name in NUMBERED:
        newest = f"(SELECT coalesce(max(id), 0) FROM {name})"  # noqa: S608  a name of ours
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {newest} + 1, false)"))


def _compared(one: Connection, other: Connection) -> tuple[TableDigest, ...]:
    found = []
    for table in schema.METADATA.sorted_tables:
        left, right = _digest(table, one), _digest(table, other)
        if left != right:
            raise NotTheSame(
                f"{table.name} is not the same: {left.rows:,} rows ({left.sha256[:16]}) here, {right.rows:,} rows "
                f"({right.sha256[:16]}) there"
            )
        found.append(left)
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
