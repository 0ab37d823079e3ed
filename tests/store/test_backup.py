"""What docs/database.md says of backups, done: the restored database is the same, and still confined."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from owner import OWNER
from postgresql_server import Server, programs
from sqlalchemy import create_engine

from posture.execute.procrastinate_schema import apply, require
from posture.model.action import Action
from posture.store import open_store, upgrade
from posture.store.backup import copied
from posture.store.database import EVERYONE, connect_to
from posture.store.errors import DatabaseUnreachable
from posture.store.roles import APP_ROLE, shortcomings

LANDLORD = "posture_owner"
BACKUP = "posture_backup"
DOCS = Path(__file__).parents[2] / "docs" / "database.md"


def filled(store, make):
    customers = [make.customer("bakery", ["a", "b"]), make.customer("cafe")]
    for number in (1, 2):
        make.audit(store, number, customers, "6379/tcp")
    for number in range(3):
        store.record(Action(make.now, "run", "bakery", "MSA-7.1", "connect", "", f"198.51.100.{number}", "open"))
    return store.digest(make.run(2).id), store.actions_head()


def test_a_sqlite_database_is_copied_while_others_write(tmp_path, make):
    url, copy = f"sqlite:///{tmp_path}/posture.db", tmp_path / "copy.db"
    with open_store(url) as store:
        digest, head = filled(store, make)
        stop, writing = threading.Event(), threading.Event()

        def write() -> None:
            while not stop.is_set():
                store.record(Action(make.now, "run", "cafe", "MSA-7.2", "connect", "", "198.51.100.9", "open"))
                writing.set()

        writer = threading.Thread(target=write)
        writer.start()
        writing.wait(30)
        copied(url, copy)
        stop.set()
        writer.join()
    assert copy.stat().st_mode & 0o777 == 0o600
    with open_store(f"sqlite:///{copy}") as restored:
        assert restored.digest(make.run(2).id) == digest
        assert restored.verify_actions(head) is None
    assert list(tmp_path.glob("*.part")) == []


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path):
    with pytest.raises(DatabaseUnreachable, match="there is no database"):
        copied(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def owned(server: Server, number: str) -> str:
    """A database of a role that is no superuser; its name."""
    engine = create_engine(server.url("postgres", OWNER).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.exec_driver_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{LANDLORD}'").scalar():
            connection.exec_driver_sql(f"CREATE ROLE {LANDLORD} LOGIN")
        connection.exec_driver_sql(f"CREATE DATABASE backup_{number} OWNER {LANDLORD} TEMPLATE template0")
    engine.dispose()
    return f"backup_{number}"


@pytest.mark.postgresql
@pytest.mark.parametrize("by", [LANDLORD, BACKUP])
def test_the_commands_of_the_docs_bring_postgresql_back(postgresql, make, tmp_path, by):
    """Every customer is in the dump; without the setting pg_dump refuses rather than leave them out."""
    here, there = owned(postgresql, f"{by}_1"), owned(postgresql, f"{by}_2")
    upgrade(postgresql.url(here, LANDLORD), APP_ROLE)
    with open_store(postgresql.url(here)) as store:
        digest, head = filled(store, make)
    apply(postgresql.url(here, LANDLORD), APP_ROLE)  # the queue's tables are beside posture's
    environment = {**os.environ, "PATH": f"{programs()}:{os.environ['PATH']}"}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        """A line of the docs, its URLs those of this server."""
        for said, ours in (("posture", here), ("posture_restored", there)):
            for role in (LANDLORD, BACKUP):
                url = f'"postgresql://{role}@db.example/{said}"'
                line = line.replace(url, f'"{postgresql.url(ours, role)}"')
        return subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    every = "PGOPTIONS='-c posture.customer=*'"
    lines = [line.strip() for line in DOCS.read_text().splitlines() if line.startswith("    ")]
    dump, restore = (line for line in lines if line.startswith(every))
    assert "row-level security" in run(dump.removeprefix(every).replace("--enable-row-security", "")).stderr
    if by == BACKUP:
        database = connect_to(postgresql.url(here, OWNER))
        with database.writing(EVERYONE) as connection:
            for line in lines:
                if line.endswith(";") and BACKUP in line:
                    connection.exec_driver_sql(line)
        database.engine.dispose()
        (dump,) = (line for line in lines if line.startswith("pg_dump") and BACKUP in line)
    for line in (dump, restore):
        done = run(line)
        assert done.returncode == 0, (line, done.stderr)
    upgrade(postgresql.url(there, LANDLORD), APP_ROLE)
    apply(postgresql.url(there, LANDLORD), APP_ROLE)
    require(postgresql.url(there))
    with open_store(postgresql.url(there)) as restored:
        assert restored.digest(make.run(2).id) == digest
        assert restored.verify_actions(head) is None
        with restored.database.reading(EVERYONE) as connection:
            assert shortcomings(connection) == []
        with restored.database.reading("") as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM finding").scalar() == 0
        make.audit(restored, 3, [make.customer("bakery", ["a", "b"])], "6379/tcp")
