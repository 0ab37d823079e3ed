"""What can go wrong with the database, each with the next step.

StoreError
├── DatabaseUnreachable   cannot be opened, or PostgreSQL does not answer
├── NotADatabase          the file is something else, or damaged
├── SchemaNewer           written by a newer version of the program
├── SchemaOlder           PostgreSQL's tables are not upgraded yet
├── DatabaseLocked        another process held it for too long
├── DatabaseFull          no space left; nothing that was stored is lost
├── UnknownFinding        no finding has that id
├── NothingToAccept       the risk somebody wants to accept is not there, or is another by now
├── NothingToDispute      there is nothing to dispute, or nothing to decide
└── NothingToRecord       a step is recorded as that already, or there is nothing to lift
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exc

from posture.model.outage import Outage


class StoreError(Exception):
    """The database could not do what was asked. The message says why and what to do."""


class DatabaseUnreachable(StoreError, Outage):
    """The database cannot be opened, or its server does not answer."""


class NotADatabase(StoreError):
    """The file is no database of this program, or it is damaged."""


class SchemaNewer(StoreError):
    """A newer version of the program has changed the tables."""


class SchemaOlder(StoreError):
    """PostgreSQL's tables are older than this program, or not there; their owner has to upgrade them."""


class DatabaseLocked(StoreError, Outage):
    """Another process held the database for too long."""


class DatabaseFull(StoreError, Outage):
    """There is no space left for the database."""


class UnknownFinding(StoreError):
    """No finding has that id."""


class NothingToAccept(StoreError):
    """The risk is not there, or is another than the one that was looked at."""


class NothingToDispute(StoreError):
    """The finding is not there any more or has changed, a dispute of it is open, or none waits for a decision."""


class NothingToRecord(StoreError):
    """A step is recorded as carried out or lifted already, or there is nothing to lift."""


_FULL = (
    "there is no space left for the database {place}. Nothing of this step was stored; all that was stored before is "
    "intact. Free some space, then start again: an interrupted run is gone on with"
)
_LOCKED = "another process has held the database {place} for too long. Wait for it or stop it, then start again"
_READ_ONLY = "the database {place} cannot be written. Give this user the right to write the file and its folder"
_CANNOT_OPEN = "the database {place} cannot be opened. See that its folder exists and this user may write there"
_NO_DATABASE = "{place} is not a database of this program. Name another file, or move this one away"
_DAMAGED = "the database {place} is damaged. Restore it from a backup, or move it away to start anew"
_DISK_ERROR = "the disk failed below the database {place}. See the system's log (dmesg) for the disk's errors"
_UNREACHABLE = (
    "the database server of {place} does not answer. See that it runs, and that address, user and password are right"
)
_CONNECTION_LOST = (
    "the connection to the database {place} was lost. When its server is up again, start again: an interrupted run is "
    "gone on with"
)
_NO_CONNECTION_FREE = (
    "the database server of {place} has no free connection. Run fewer workers, or raise its max_connections"
)

_UNTRUSTED = (
    "the server of {place} is not the one that was asked for, by its certificate. See sslrootcert and the host in the "
    "URL; it was told nothing"
)
_NO_TLS = "the server of {place} does not encrypt, as the URL asks for (sslmode). Have its administrator turn ssl on"
_NO_TLS_WITH = "no encrypted connection to the server of {place} came about. See the certificates that the URL names"
_REFUSED = "the database server of {place} refuses this user. See user, password and pg_hba.conf"
_NO_DATABASE_THERE = "there is no database {place}. Create it with createdb, then start again"
_TOO_LONG = "the database {place} took too long for one statement, or its administrator ended it. Start again"

_NO_RIGHTS = "this user lacks rights in the database {place}. As its owner: posture db upgrade --app-role ROLE"

# Primary result codes: https://www.sqlite.org/rescode.html
_SQLITE: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_FULL: (DatabaseFull, _FULL),
    sqlite3.SQLITE_BUSY: (DatabaseLocked, _LOCKED),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, _LOCKED),
    sqlite3.SQLITE_READONLY: (DatabaseUnreachable, _READ_ONLY),
    sqlite3.SQLITE_PERM: (DatabaseUnreachable, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (DatabaseUnreachable, _CANNOT_OPEN),
    sqlite3.SQLITE_NOTADB: (NotADatabase, _NO_DATABASE),
    sqlite3.SQLITE_CORRUPT: (NotADatabase, _DAMAGED),
    sqlite3.SQLITE_IOERR: (StoreError, _DISK_ERROR),
}

# SQLSTATE classes and codes: PostgreSQL manual, appendix A. The longest prefix wins.
_POSTGRESQL: dict[str, tuple[type[StoreError], str]] = {
    "53100": (DatabaseFull, _FULL),
    "53300": (DatabaseUnreachable, _NO_CONNECTION_FREE),
    "55P03": (DatabaseLocked, _LOCKED),
    "40": (DatabaseLocked, _LOCKED),
    "42501": (DatabaseUnreachable, _NO_RIGHTS),
    "25006": (DatabaseUnreachable, "the database {place} is read-only (a standby?). Name the primary server"),
    "08": (DatabaseUnreachable, _UNREACHABLE),
    "25P03": (DatabaseUnreachable, _CONNECTION_LOST),
    "28": (DatabaseUnreachable, _REFUSED),
    "3D": (DatabaseUnreachable, _NO_DATABASE_THERE),
    "57014": (DatabaseLocked, _TOO_LONG),
    "57P": (DatabaseUnreachable, _CONNECTION_LOST),
}  # fmt: skip

_CONNECTING = {
    "certificate verify failed": _UNTRUSTED,
    "signature failure": _UNTRUSTED,
    "does not match host name": _UNTRUSTED,
    "SSL error": _NO_TLS_WITH,
    "server does not support SSL": _NO_TLS,
    "password authentication failed": _REFUSED,
    "no password supplied": _REFUSED,
    "no pg_hba.conf entry": _REFUSED,
    "too many clients": _NO_CONNECTION_FREE,
    "remaining connection slots": _NO_CONNECTION_FREE,
}
"""What libpq or the server says, in English, where there never was a connection: there is no SQLSTATE then."""

LITTLE = 1 << 20  # bytes; a disk with less than this left is taken to be full


def _nothing_left(place: str) -> bool:
    try:
        left = os.statvfs(Path(place).parent)
    except OSError:
        return False
    return left.f_bavail * left.f_frsize < LITTLE or (left.f_files > 0 and left.f_favail == 0)


def _sqlite(error: sqlite3.Error, place: str) -> tuple[type[StoreError], str] | None:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    # A full disk is reported as an I/O or open error where the journal or its shared memory could not be extended.
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and _nothing_left(place):
        return DatabaseFull, _FULL
    return _SQLITE.get(code)


def _postgresql(error: BaseException, lost: bool) -> tuple[type[StoreError], str] | None:
    state = getattr(error, "sqlstate", None) or ""
    for prefix in sorted(_POSTGRESQL, key=len, reverse=True):
        if state.startswith(prefix):
            return _POSTGRESQL[prefix]
    if lost:
        return DatabaseUnreachable, _CONNECTION_LOST
    if state or type(error).__name__ != "OperationalError":
        return None
    said = str(error)
    return DatabaseUnreachable, next((text for words, text in _CONNECTING.items() if words in said), _UNREACHABLE)


def explained(error: exc.DBAPIError, place: str) -> StoreError:
    """The database's error as one of ours.

    Args:
        error: as SQLAlchemy raised it.
        place: what to call the database: its path, or its URL without the password.
    """
    cause = error.orig
    known = None
    if isinstance(cause, sqlite3.Error):
        known = _sqlite(cause, place)
    elif cause is not None:
        known = _postgresql(cause, error.connection_invalidated)
    detail = " ".join(str(cause).split())[:300]
    if known is None:
        return StoreError(f"the database {place} refused: {detail}")
    kind, text = known
    return kind(f"{text.format(place=place)} ({detail})")


@contextmanager
def explaining(place: str) -> Iterator[None]:
    """Turn the database's errors inside the block into ours; a refused value stays a ValueError."""
    try:
        yield
    except exc.DBAPIError as error:
        raise explained(error, place) from error
    except exc.StatementError as error:
        if isinstance(error.orig, ValueError):
            raise error.orig from None
        raise
    except exc.TimeoutError as error:
        raise DatabaseLocked(f"no connection to the database {place} became free in time. Run fewer workers") from error
