"""How a database is: for whoever looks after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from posture.store import schema
from posture.store.database import EVERYONE, Database, connect_to
from posture.store.migrate import HEAD, revision
from posture.store.roles import shortcomings

MOST_SECONDS = 30.0
"""How far a machine's clock may be from the database's: leases are reckoned by the machines' clocks."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`schema` is the revision of the tables, "" without any; `needed` that of this version.

    `bytes` is the size; `oldest` when the oldest run began, ISO 8601. `clock` is how many seconds this machine is ahead
    of the server, None for SQLite. `shortcomings` are sentences on what should be mended.
    """

    place: str
    schema: str
    needed: str
    bytes: int
    runs: int
    oldest: str
    clock: float | None
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
    ahead = None
    if database.is_postgresql:
        ahead = clock_difference(connection, clock)
        problems += [*shortcomings(connection), *_unencrypted(database, connection)]
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
        shortcomings=tuple(problems),
    )


def _size(database: Database, connection: Connection) -> int:
    if database.is_postgresql:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    parts = (Path(database.place + end) for end in ("", "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _unencrypted(database: Database, connection: Connection) -> list[str]:
    """Over a network the way to the server has to be encrypted, and the server the right one."""
    remote = connection.execute(text("SELECT inet_client_addr() IS NOT NULL")).scalar_one()
    if not remote:
        return []
    encrypted = connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar()
    if not encrypted:
        return ["the connection is not encrypted: add ?sslmode=verify-full&sslrootcert=FILE to the URL"]
    if database.engine.url.query.get("sslmode") != "verify-full":
        return ["the server's certificate is not checked: add ?sslmode=verify-full&sslrootcert=FILE to the URL"]
    return []
