"""How a database is: for whoever looks after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from posture.store import schema
from posture.store.database import EVERYONE, Database, connect_to
from posture.store.migrate import HEAD, VERSION_TABLE, revision
from posture.store.roles import Access, access, shortcomings

MOST_SECONDS = 30.0
"""How far a machine's clock may be from the database's: leases are reckoned by the machines' clocks."""

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Condition:
    """`schema` is the revision of the tables, "" without any; `needed` that of this version.

    `bytes` is the size; `oldest` when the oldest run began, ISO 8601. `clock` is how many seconds this machine is ahead
    of the server, None for SQLite. `role` is as whom it was asked, `owner` whose the tables are, `confined` of how many
    tables of `tables` that hold customers' rows this role sees one customer's at a time, and `connections` how many the
    database has now; nothing of SQLite. `shortcomings` are sentences on what should be mended.
    """

    place: str
    schema: str
    needed: str
    bytes: int
    runs: int
    oldest: str
    clock: float | None
    role: str
    owner: str
    confined: int
    tables: int
    connections: int
    shortcomings: tuple[str, ...]


def condition(url: str, clock: Callable[[], datetime]) -> Condition:
    """Look at a database without changing it.

    Raises:
        StoreError: it does not answer.
    """
    database = connect_to(url)
    try:
        with database.reading(EVERYONE) as connection:
            return _seen(database, connection, clock)
    finally:
        database.engine.dispose()


def mending(database: Database, clock: Callable[[], datetime]) -> tuple[str, ...]:
    """What of an open database should be mended.

    Raises:
        StoreError: it does not answer.
    """
    with database.reading(EVERYONE) as connection:
        return _seen(database, connection, clock).shortcomings


def clock_difference(connection: Connection, clock: Callable[[], datetime]) -> float:
    """By how many seconds this machine's clock is ahead of PostgreSQL's."""
    there: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return (clock() - there).total_seconds()


def _seen(database: Database, connection: Connection, clock: Callable[[], datetime]) -> Condition:
    here = revision(connection)
    runs, oldest = 0, None
    if here is not None:
        runs, oldest = connection.execute(select(func.count(), func.min(schema.run.c.started))).one()
    problems = [] if here == HEAD else [f"the schema is {here or 'not there'}, not {HEAD}: posture db upgrade"]
    ahead, who, connections = None, Access("", "", 0, ()), 0
    if database.is_postgresql:
        who = access(connection, VERSION_TABLE)
        connections = connection.execute(text(_CONNECTIONS)).scalar_one()
        ahead = clock_difference(connection, clock)
        problems += [*shortcomings(connection), *open_way(connection)]
        if here == HEAD and 0 < len(who.open) < who.tables:  # all: a superuser, told above
            problems.append(f"{who.role} sees all customers' rows at once in {', '.join(who.open)}")
        if abs(ahead) > MOST_SECONDS:
            problems.append(f"this machine's clock is {ahead:+.0f} s off the database's: see chronyc tracking")
    return Condition(
        place=database.place,
        schema=here or "",
        needed=HEAD,
        bytes=_size(database, connection),
        runs=runs,
        oldest=oldest.isoformat() if oldest else "",
        clock=ahead,
        role=who.role,
        owner=who.owner,
        confined=who.tables - len(who.open),
        tables=who.tables,
        connections=connections,
        shortcomings=tuple(problems),
    )


def _size(database: Database, connection: Connection) -> int:
    if database.is_postgresql:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    parts = (Path(database.place + end) for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def open_way(connection: Connection) -> list[str]:
    """Over a network the way to the server has to be encrypted, and the server the right one.

    Asked of this end: the server sees a pooler in between.
    """
    end = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
    at = (end.hostaddr or end.host).decode()
    if at.startswith(("/", "@")) or at in _THIS_MACHINE:
        return []
    if not end.ssl_in_use:
        return ["the connection is not encrypted: add ?sslmode=verify-full&sslrootcert=FILE to the URL"]
    # libpq's own view: what the URL does not say may stand in PGSSLMODE or a service file.
    mode = next((one.val or b"" for one in end.info if one.keyword == b"sslmode"), b"").decode()
    if mode != "verify-full":
        return [f"the server's certificate is not checked against its name (sslmode={mode}): use sslmode=verify-full"]
    return []
