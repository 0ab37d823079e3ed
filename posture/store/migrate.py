"""Bring a database's tables to the state of this version: SQLite's when it is opened, PostgreSQL's on purpose.

There is no way back: restore a backup.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from posture.store.database import EVERYONE, Database
from posture.store.errors import NotADatabase, SchemaNewer, SchemaOlder, StoreError, explaining
from posture.store.roles import granted, refuse_who_owns_nothing, working

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0014"
"""The newest revision in migrations/versions: a database that has it needs no Alembic, whose import takes long."""

VERSION_TABLE = "posture_revision"

_ONE_AT_A_TIME = Lock()  # Alembic's context is global in a process


def migrate(database: Database, app_role: str = "") -> tuple[str, ...]:
    """Create or upgrade the tables; several processes may do so at once.

    Args:
        database: on PostgreSQL as the role that owns the tables.
        app_role: on PostgreSQL, the role that is to work with them; "": those that worked with them before, else
            posture_app if it is there.

    Returns:
        The roles that may work with the tables, besides their owner.

    Raises:
        SchemaNewer: a newer version of the program has been here.
        NotADatabase: the database holds tables of another program.
        StoreError: the database could not do it; nothing was changed.
    """
    if not database.is_postgresql and is_current(database):
        return ()
    with _ONE_AT_A_TIME, explaining(database.place), _alone(database) as connection:
        if database.is_postgresql:
            refuse_who_owns_nothing(connection, VERSION_TABLE)
        _upgrade(connection, database.place)
        if not database.is_postgresql:
            return ()
        roles = [app_role] if app_role else working(connection, VERSION_TABLE)
        for role in roles:
            granted(connection, role, VERSION_TABLE)
        return tuple(roles)


def is_current(database: Database) -> bool:
    """Whether the tables are those of this version."""
    with database.reading(EVERYONE) as connection:
        return revision(connection) == HEAD


def refuse_another_schema(database: Database) -> None:
    """Stop where the tables are not those of this version: PostgreSQL's are upgraded on purpose, by their owner.

    Raises:
        SchemaOlder: they are older, or not there.
        SchemaNewer: a newer version of the program has been here.
    """
    with database.reading(EVERYONE) as connection:
        here = revision(connection)
    if here == HEAD:
        return
    if here is not None and here > HEAD:
        raise _newer(database.place, here)
    what = "has no tables of Posture yet" if here is None else f"has the schema {here}, this version needs {HEAD}"
    raise SchemaOlder(
        f"the database {database.place} {what}. Stop the workers, make a backup, then as the "
        "role that owns the tables: posture db upgrade"
    )


def revision(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for this connection, which stays in its transaction."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config(stdout=io.StringIO())  # its own words are for nobody
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _upgrade(connection: Connection, place: str) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = configuration(connection)
    here = revision(connection)
    if here == HEAD:
        return
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if here is not None and here not in known:
        raise _newer(place, here)
    if here is None and "scan_unit" not in inspect(connection).get_table_names() and _foreign(connection):
        raise NotADatabase(f"the database {place} holds another program's tables. Give Posture a database of its own")
    command.upgrade(config, "head")


def _newer(place: str, here: str) -> SchemaNewer:
    return SchemaNewer(
        f"the database {place} was written by a newer version of Posture (its schema is {here}, this version knows "
        f"up to {HEAD}). Upgrade Posture, or name another database"
    )


def _foreign(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A writing transaction that no other process's migration runs beside."""
    with database.engine.connect() as connection:
        plain = connection.connection.driver_connection
        # Rebuilding a table drops it, which would take the rows that refer to it along; not settable in a transaction.
        if isinstance(plain, sqlite3.Connection):
            plain.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                database.confine(connection, EVERYONE)
                database.unhurried(connection)
                database.queue_up(connection, "schema")
                yield connection
                _all_refer(connection, database)
        finally:
            if isinstance(plain, sqlite3.Connection):
                plain.execute("PRAGMA foreign_keys = ON")


def _all_refer(connection: Connection, database: Database) -> None:
    if not database.is_postgresql and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(f"upgrading the database {database.place} would leave rows that refer to nothing; undone")
