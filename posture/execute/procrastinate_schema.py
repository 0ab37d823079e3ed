"""The queue's tables: a PostgreSQL schema of their own, made and brought up to date by the role that owns it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, LiteralString

from posture.model.text import visible
from posture.store.address import address_of
from posture.store.errors import StoreError

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA: Final = "posture_queue"
_MISSING: Final = ("workers on many machines need an extra", "pip install 'coma-posture[distributed]'")
_UPGRADE: Final = "as the owner of the tables: posture db upgrade"
_URL: Final = "see POSTURE_DATABASE or --database"
_MOST_TOLD: Final = 300
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
        with psycopg.connect(conninfo(url), autocommit=True) as connection:
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
        raise NoQueue(f"the queue's tables could not be made ({told(error)})", _UPGRADE) from error
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
        with psycopg.connect(conninfo(url), autocommit=True, connect_timeout=10) as connection:
            if not _there(connection, "procrastinate_jobs"):
                raise NoQueue("the database has no queue for workers yet", _UPGRADE)
            known = {name for (name,) in connection.execute(f"SELECT name FROM {SCHEMA}.posture_applied")}  # noqa: S608
    except psycopg.Error as error:
        raise NoQueue(f"the queue cannot be used ({told(error)})", _UPGRADE) from error
    if needed - known:
        raise NoQueue("the queue's tables are older than this version needs", _UPGRADE)


def conninfo(url: str) -> str:
    """The URL as PostgreSQL's own library takes it: by name and value, as it reads URLs more strictly than the store.

    Raises:
        NoQueue: the URL is none, or has parameters that PostgreSQL does not know.
    """
    from psycopg import ProgrammingError  # noqa: PLC0415  the extra
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415  likewise

    try:
        address = address_of(url)
        _, named = address.get_dialect()().create_connect_args(address)
        return make_conninfo("", **named)
    except StoreError as error:
        raise NoQueue(str(error), _URL) from error
    except ProgrammingError:  # its text may repeat what it did not understand
        raise NoQueue("the database's URL has something that PostgreSQL does not understand", _URL) from None


def told(error: Exception) -> str:
    """What the queue's database said. What its library says of how it was called may hold the password: not that."""
    from psycopg import Error, ProgrammingError  # noqa: PLC0415  the extra

    cause = error if isinstance(error, Error) else error.__cause__ or error
    if isinstance(cause, ProgrammingError) and not cause.sqlstate:
        return "PostgreSQL's library does not understand the database's URL"
    return visible(" ".join(str(cause).split()), _MOST_TOLD)


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
