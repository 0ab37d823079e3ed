"""One database, and the two kinds of transactions on it."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    exc,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from posture.model.action import Action
from posture.store.address import address_of
from posture.store.errors import DatabaseLocked, DatabaseUnreachable, StoreError, explaining
from posture.store.place import prepare_file
from posture.store.together import Together

EVERYONE = "*"
"""What a transaction says that is about all customers: claims, the fleet, the auditor's own log. No customer's id."""

CUSTOMER_SETTING = "posture.customer"
"""PostgreSQL's setting that row-level security goes by; a transaction that does not set it sees no customer's row."""

PATIENCE = 30  # seconds to wait for another process's lock
MOST_CONNECTIONS = 64  # of one process to its file; a thread holds one for milliseconds
MOST_TO_SERVER = 16  # of one process to PostgreSQL, which has a hundred for all


LONGEST_STATEMENT = 600  # seconds; and as long may a transaction wait for its own program

# For this transaction alone, by the statement that it begins with: a pooler may have another server do the next one.
_CONFINE = text(
    f"SELECT set_config('{CUSTOMER_SETTING}', :of, true), set_config('lock_timeout', '{PATIENCE}s', true), "
    f"set_config('statement_timeout', '{LONGEST_STATEMENT}s', true), "
    f"set_config('idle_in_transaction_session_timeout', '{LONGEST_STATEMENT}s', true)"
)
_UNHURRIED = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
)

_LOCK = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger)))

_CONNECTING: dict[str, str | int | None] = {
    "connect_timeout": 10,  # seconds
    "fallback_application_name": "posture",
    "keepalives_idle": 30,  # seconds; a server that is gone without a word is noticed after a minute
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""Of libpq, where the URL says nothing else."""


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, and what to call the database in messages (never with its password).

    `turn` is held while writing. The threads of a process take turns on SQLite by it: SQLite itself lets them try again
    after ever longer pauses, which is slow and can starve one of them. `log` is what they append to the log of actions.
    """

    engine: Engine
    place: str
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    log: Together[Action] = field(default_factory=Together, repr=False)

    @contextmanager
    def writing(self, of: str) -> Iterator[Connection]:
        """One transaction that writes; all of it or nothing.

        Args:
            of: whose rows it is about: a customer's id, or EVERYONE. PostgreSQL shows and takes no other's.

        Raises:
            StoreError: the database could not do it; nothing was written.
        """
        with self.turn, explaining(self.place), self._begun(of) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def reading(self, of: str) -> Iterator[Connection]:
        """One transaction that sees one state of the database throughout, and holds up no writer.

        Args:
            of: whose rows, as in `writing`.

        Raises:
            StoreError: the database could not be read.
        """
        options: dict[str, Any] = {"posture_reading": True}
        if self.is_postgresql:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with explaining(self.place), self._begun(of, **options) as connection:
            yield connection
            connection.commit()  # the driver forgets what it prepared when a transaction is rolled back

    def _begun(self, of: str, **options: Any) -> Connection:
        """A connection in a transaction. One that was lost while nobody used it is noticed here, and replaced."""
        try:
            return self._first_statement(of, options)
        except exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._first_statement(of, options)  # the pool has dropped all others with it: this one is new

    def _first_statement(self, of: str, options: dict[str, Any]) -> Connection:
        connection = self.engine.connect().execution_options(**options)
        try:
            connection.begin()
            self.confine(connection, of)
        except BaseException:
            connection.close()
            raise
        return connection

    def confine(self, connection: Connection, of: str) -> None:
        """Show this transaction nobody's rows but these, and bound its time; SQLite, one process's file, shows all."""
        if self.is_postgresql:
            connection.execute(_CONFINE, {"of": of})

    def unhurried(self, connection: Connection) -> None:
        """Let this transaction take its time: an upgrade, or a move of all rows. It still does not wait for locks."""
        if self.is_postgresql:
            connection.execute(_UNHURRIED)

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL; else it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    def upsert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that can say what happens on conflict."""
        return postgresql.insert(table) if self.is_postgresql else sqlite.insert(table)

    def queue_up(self, connection: Connection, *names: str) -> None:
        """Let only one transaction at a time go on under these names, until it ends.

        On SQLite a writing transaction is alone anyway.
        """
        if self.is_postgresql:
            connection.execute(_LOCK, {"number": _number(names)})

    def is_mine_now(self, connection: Connection, *names: str) -> bool:
        """As `queue_up`, but False, at once, where another transaction goes on under these names."""
        if not self.is_postgresql:
            return True
        return bool(connection.execute(_TRY_LOCK, {"number": _number(names)}).scalar())


def _number(names: tuple[str, ...]) -> int:
    """What PostgreSQL calls a lock of these names."""
    return int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:8], signed=True)


@dataclass(frozen=True, slots=True)
class OnDatabase:
    """What works on a database."""

    database: Database


def connect_to(url: str, *, make: bool = True) -> Database:
    """An engine for a URL: ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``. No table is looked at.

    Args:
        url: of the database.
        make: make SQLite's file if it is not there.

    Raises:
        StoreError: the URL names no database of these kinds, or it cannot be reached.
    """
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        return _postgresql(address)
    if not address.database or address.database == ":memory:":
        raise StoreError("a database in memory cannot be shared by workers; name a file: sqlite:///posture.db")
    if not make and not Path(address.database).exists():
        raise DatabaseUnreachable(f"there is no database {address.database}: see that its name is right")
    prepare_file(Path(address.database))
    return _sqlite(address, address.database)


def _pool(most: int) -> dict[str, int]:
    return {"pool_size": 5, "max_overflow": most - 5, "pool_timeout": 2 * PATIENCE}


def _sqlite(address: URL, place: str) -> Database:
    engine = create_engine(address, connect_args={"timeout": PATIENCE}, **_pool(MOST_CONNECTIONS))

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A plain BEGIN that reads, then writes, fails at once when another has written: no timeout helps it.
        reading = connection.get_execution_options().get("posture_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    with explaining(place):
        _write_ahead(engine, place)
    return Database(engine, place, RLock())


def _write_ahead(engine: Engine, place: str) -> None:
    """Switch to a write-ahead log, which stays with the file. SQLite does not wait for locks here, so this does."""
    until = time.monotonic() + PATIENCE
    with engine.connect() as connection:
        plain = connection.connection.driver_connection
        assert isinstance(plain, sqlite3.Connection)  # noqa: S101
        while True:
            try:
                mode = plain.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise exc.OperationalError("PRAGMA journal_mode = WAL", None, error) from error
                if time.monotonic() > until:
                    raise DatabaseLocked(
                        f"another process holds the database {place}; wait for it or stop it"
                    ) from error
                time.sleep(0.05)
            except sqlite3.DatabaseError as error:
                raise exc.DatabaseError("PRAGMA journal_mode = WAL", None, error) from error
    if mode != "wal":
        raise StoreError(f"the place of the database {place} allows no write-ahead log; name a file on a local disk")


def _postgresql(address: URL) -> Database:
    how = {name: value for name, value in _CONNECTING.items() if name not in address.query}
    try:
        engine = create_engine(address, connect_args=how, **_pool(MOST_TO_SERVER))
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver: pip install 'coma-posture[postgresql]'") from None

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        # Prepared statements belong to one process of the server, and a pooler may change it between transactions. A
        # pooler is known by the number of the process, which it does not pass on. They spare a third of a unit's time.
        connection.autocommit = True
        process = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        connection.autocommit = False
        if process != connection.info.backend_pid:
            connection.prepare_threshold = None

    # A password may also stand in the query: ?password=...
    return Database(engine, address.set(drivername="postgresql", query={}).render_as_string(hide_password=True))
