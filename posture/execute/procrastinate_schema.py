"""The queue's tables: a PostgreSQL schema of their own, made and brought up to date by the role that owns it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, LiteralString

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA: Final = "posture_queue"
_MISSING: Final = ("workers on many machines need an extra", "pip install 'coma-posture[distributed]'")
_UPGRADE: Final = "as the owner of the tables: posture db upgrade"
_LOCK: Final = 0x706F7374757265  # "posture": one upgrade at a time


class NoQueue(Exception):
    """The extra is not installed, or the queue's tables are not as this version needs them; `step` is what to do."""

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


def apply(url: str, app_role: str | None = None) -> tuple[str, ...]:
    """Make the queue's tables, or bring them up to date; doing it twice changes nothing more.

    Args:
        url: of the database, as the role that owns posture's tables.
        app_role: who works with them besides; None: nobody.

    Returns:
        What was applied: ``schema``, or names of Procrastinate's migrations.

    Raises:
        NoQueue: the extra is not installed, or the database refused; doing it again goes on where it stopped.
    """
    try:
        import psycopg  # noqa: PLC0415  the extra
        from procrastinate.schema import SchemaManager  # noqa: PLC0415  likewise
    except ModuleNotFoundError:
        raise NoQueue(*_MISSING) from None
    migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    try:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            connection.execute(f"SET search_path TO {SCHEMA}")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS posture_applied (name text PRIMARY KEY, at timestamptz DEFAULT now())"
            )
            done = _created(connection, SchemaManager.get_schema(), migrations) or _upgraded(connection, migrations)
            if app_role is not None:
                _allow(connection, app_role)
    except psycopg.Error as error:
        raise NoQueue(f"the queue's tables could not be made ({error})", _UPGRADE) from error
    return done


def require(url: str) -> None:
    """See that a worker can use the queue.

    Raises:
        NoQueue: the extra is not installed, or the queue's tables are missing, closed or older than this version needs.
    """
    try:
        import psycopg  # noqa: PLC0415  the extra
        from procrastinate.schema import SchemaManager  # noqa: PLC0415  likewise
    except ModuleNotFoundError:
        raise NoQueue(*_MISSING) from None
    needed = {file.name for file in Path(SchemaManager.get_migrations_path()).glob("*.sql")}
    try:
        with psycopg.connect(plain(url), autocommit=True, connect_timeout=10) as connection:
            if not _there(connection, "procrastinate_jobs"):
                raise NoQueue("the database has no queue for workers yet", _UPGRADE)
            known = {name for (name,) in connection.execute(f"SELECT name FROM {SCHEMA}.posture_applied")}  # noqa: S608
    except psycopg.Error as error:
        raise NoQueue(f"the queue cannot be used ({error})", _UPGRADE) from error
    if needed - known:
        raise NoQueue("the queue's tables are older than this version needs", _UPGRADE)


def plain(url: str) -> str:
    """The URL as PostgreSQL's own library reads it: without the driver that SQLAlchemy is told."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def _created(connection: Connection, schema: LiteralString, migrations: list[Path]) -> tuple[str, ...]:
    if _there(connection, "procrastinate_jobs"):
        return ()
    with connection.transaction():
        connection.execute(schema)
        for file in migrations:  # the schema holds what they do
            connection.execute("INSERT INTO posture_applied (name) VALUES (%s) ON CONFLICT DO NOTHING", (file.name,))
    return ("schema",)


def _upgraded(connection: Connection, migrations: list[Path]) -> tuple[str, ...]:
    known = {name for (name,) in connection.execute("SELECT name FROM posture_applied")}
    new = [file for file in migrations if file.name not in known]
    for file in new:
        with connection.transaction():  # of its own: a value added to an enumeration cannot be used before its commit
            connection.execute(file.read_text(encoding="utf-8"))
            connection.execute("INSERT INTO posture_applied (name) VALUES (%s)", (file.name,))
    return tuple(file.name for file in new)


def _there(connection: Connection, table: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.{table}",)).fetchone()
    return found is not None and found[0] is not None


def _allow(connection: Connection, role: str) -> None:
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415  the extra

    for right in (
        "USAGE ON SCHEMA",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA",
        "USAGE, SELECT ON ALL SEQUENCES IN SCHEMA",
        "EXECUTE ON ALL FUNCTIONS IN SCHEMA",
    ):
        connection.execute(SQL("GRANT {} {} TO {}").format(SQL(right), Identifier(SCHEMA), Identifier(role)))
    connection.execute(SQL("REVOKE INSERT, UPDATE, DELETE ON posture_applied FROM {}").format(Identifier(role)))
