from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from posture.store import StoreError, open_store
from posture.store import database as database_module
from posture.store.database import EVERYONE
from posture.store.errors import DatabaseLocked, DatabaseUnreachable, NotADatabase
from posture.store.place import filesystem_of


def test_only_the_owner_may_read_a_new_database(tmp_path, make):
    """Findings tell an attacker where to go: the file and its journals are 0600 whatever the umask."""
    before = os.umask(0)
    try:
        with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
            make.audit(store, 1, [make.customer()], "6379/tcp")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"posture.db": 0o600, "posture.db-wal": 0o600, "posture.db-shm": 0o600}


def test_each_connection_is_set_up(tmp_path):
    """Write-ahead log, foreign keys, and patience with other processes."""
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store, store.database.reading(EVERYONE) as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30000}


@pytest.mark.parametrize(("url", "says"), [
    ("sqlite:////no/such/folder/posture.db", "mkdir -p /no/such/folder"),
    ("sqlite://", "name a file"),
    ("sqlite:///:memory:", "name a file"),
    ("posture.db", "sqlite:///FILE"),
    ("mysql://somebody@127.0.0.1/posture", "not supported"),
])  # fmt: skip
def test_an_url_that_will_not_do_is_explained(url, says):
    """With what to write instead."""
    with pytest.raises(StoreError, match=says):
        open_store(url)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    """Nothing of it is overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes, which are no database at all\n" * 100)
    with pytest.raises(NotADatabase, match="Name another file"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("my notes")


def test_a_folder_is_no_database(tmp_path):
    """The error names the path."""
    with pytest.raises(DatabaseUnreachable, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_database_another_process_holds_is_waited_for_then_explained(tmp_path, monkeypatch):
    """The message says that somebody else holds it."""
    path = tmp_path / "posture.db"
    open_store(f"sqlite:///{path}").close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database_module, "PATIENCE", 0.1)
    try:
        with open_store(f"sqlite:///{path}") as store:
            with pytest.raises(DatabaseLocked, match="another process"):
                store.set_vantage("run", "here")
            other.execute("ROLLBACK")
            store.set_vantage("run", "here")
    finally:
        other.close()


def test_a_database_that_cannot_be_written_is_explained(tmp_path):
    """As a user without the right to write it."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a user who may not write the file")
    folder = Path("/tmp") / f"posture-read-only-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        open_store(f"sqlite:///{folder}/posture.db").close()
        (folder / "posture.db").chmod(0o644)
        program = textwrap.dedent(
            """
            import os, sys
            from posture.store import StoreError, open_store
            import posture.store.migrate, sqlalchemy.dialects.sqlite.pysqlite
            os.setgid(65534), os.setuid(65534)
            try:
                open_store(sys.argv[1]).set_vantage("run", "here")
            except StoreError as error:
                print(error)
            """
        )
        done = subprocess.run(
            [sys.executable, "-c", program, f"sqlite:///{folder}/posture.db"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Give this user the right to write" in done.stdout or "may write there" in done.stdout, done
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/with\\040space rw,relatime - nfs4 server:/x rw
31 22 0:41 / /srv rw - xfs /dev/sdb rw
"""


@pytest.mark.parametrize(("path", "kind"), [
    ("/var/lib/posture", "ext4"),
    ("/srv/posture", "xfs"),
    ("/srv/with space/posture", "nfs4"),
    ("/srvx", "ext4"),
])  # fmt: skip
def test_the_filesystem_below_a_path_is_known(path, kind):
    """The longest mount point that holds it."""
    assert filesystem_of(Path(path), MOUNTS) == kind
