"""A copy of a SQLite database of one moment, while others write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from posture.store.errors import DatabaseFull, DatabaseUnreachable, NotADatabase

PAGES = 1_000  # copied at once; writers wait no longer than for these


def copied(url: str, file: Path) -> None:
    """Copy the database to a new file, readable for its owner alone, and check the copy.

    Raises:
        DatabaseUnreachable: there is no such database, or the copy cannot be made.
        DatabaseFull: there is no space for it.
        NotADatabase: the copy is not whole.
    """
    source = make_url(url).database or ""
    if not Path(source).exists():
        raise DatabaseUnreachable(f"there is no database {source}")
    part = file.with_name(file.name + ".part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source, timeout=30)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there, pages=PAGES)
            there.execute("PRAGMA journal_mode = DELETE")
            found = there.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise NotADatabase(f"the copy of {source} is not whole ({found[:200]}): the database itself may be damaged")
        part.rename(file)
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
        kind = DatabaseFull if full else DatabaseUnreachable
        raise kind(f"{source} cannot be copied to {file}: {error}") from error
    except OSError as error:
        raise DatabaseUnreachable(f"{file} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
