"""The database as whoever owns it: for tests that tamper with what the program's own role may not touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from posture.store import Store
from posture.store.database import EVERYONE, Database, connect_to

OWNER = "auditor"
"""The superuser of the tests' PostgreSQL."""


@contextmanager
def owners(store: Store) -> Iterator[Database]:
    """The same database, connected to as its owner; SQLite has none."""
    if not store.database.is_postgresql:
        yield store.database
        return
    url = store.database.engine.url.set(username=OWNER, drivername="postgresql")
    database = connect_to(url.render_as_string(hide_password=False))
    try:
        yield database
    finally:
        database.engine.dispose()


@contextmanager
def as_owner(store: Store) -> Iterator[Connection]:
    """A writing transaction of the owner's."""
    with owners(store) as database, database.writing(EVERYONE) as connection:
        yield connection
