"""A disk that fills up under the database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.run import Run
from posture.model.unit import UnitResult
from posture.store import open_store
from posture.store.errors import DatabaseFull

NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=20)
HOSTS = [f"h{i:02}" for i in range(40)]


def nothing(_previous, _acceptances):
    return ()


@pytest.fixture
def small_disk(tmp_path):
    """A filesystem of 1.5 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small filesystem")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small filesystem cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def started(store, number: int) -> Run:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW, NOW + LEASE)
    run = Run(f"run{number}", NOW, "0.1.0", "Coma Cloud 2026")
    store.start_run(run, "plan", [(Customer("bakery", "Example Bakery", grant), HOSTS)], NOW)
    return run


def next_result(store, run: Run) -> bool:
    """Store one more result that does not compress; False when there is no more to do."""
    unit = store.claim(run.id, "worker", LEASE, NOW)
    if unit is None:
        return False
    if not unit.resource:
        return store.finish(unit, nothing, NOW)
    return store.commit(unit, UnitResult(os.urandom(60_000), ()), nothing, NOW)


def fill(store) -> Run:
    """Store results until the disk is full; that it was is the error's to say."""
    run = started(store, 1)
    while next_result(store, run):
        pass
    pytest.fail("the disk did not fill up")


def record_for_ever(store, action: Action) -> None:
    while True:
        store.record(action)


def integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()


def test_a_full_disk_is_a_clear_error_and_loses_nothing(small_disk):
    """The error says so and what to do; what was stored is there; with space again the run is gone on with."""
    path = small_disk / "posture.db"
    with open_store(f"sqlite:///{path}") as store:
        with pytest.raises(DatabaseFull, match=r"no space left.*Free some space, then start again"):
            fill(store)
        stored = [result.resource for result in store.facts("run1")]
        assert 0 < len(stored) < len(HOSTS)
    assert integrity(path) == "ok"
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    with open_store(f"sqlite:///{path}") as store:
        assert [result.resource for result in store.facts("run1")] == stored
        run = store.unfinished_run("plan")
        store.release_leases(run.id, lambda _worker: True, NOW)
        while next_result(store, run):
            pass
        assert sorted(result.resource for result in store.facts("run1")) == HOSTS
        assert store.run("run1").ended == NOW
    assert integrity(path) == "ok"


def test_no_space_for_the_log_of_actions_is_an_error_before_the_action(small_disk):
    """An action that cannot be logged is not done: record raises, and the chain stays whole."""
    action = Action(NOW, "run", "bakery", "MSA-7.1", "nmap sweep", "auditor", "198.51.100.2 1-65535/tcp", "started")
    with open_store(f"sqlite:///{small_disk}/posture.db") as store:
        store.record(action)
        room = os.statvfs(small_disk)
        (small_disk / "ballast").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
        with pytest.raises(DatabaseFull):
            record_for_ever(store, action)
        assert store.verify_actions() is None
        (small_disk / "ballast").unlink()
        before = store.actions_head().entries
        store.record(action)
        assert store.actions_head().entries == before + 1
        assert store.verify_actions() is None


def test_a_new_database_on_a_full_disk_is_a_clear_error(small_disk):
    """Also where not even the tables fit."""
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
    with pytest.raises(DatabaseFull, match="no space left"):
        open_store(f"sqlite:///{small_disk}/posture.db")
    (small_disk / "ballast").unlink()
    open_store(f"sqlite:///{small_disk}/posture.db").close()


def test_a_database_at_its_limit_of_pages_is_a_clear_error(tmp_path):
    """The same without root: SQLite's own limit gives the same error as a full disk."""
    path = tmp_path / "posture.db"
    with open_store(f"sqlite:///{path}") as store:
        store.database.engine.dispose()
        with store.database.engine.connect() as connection:  # the pool hands this one connection out again
            plain = connection.connection.driver_connection
            pages = plain.execute("PRAGMA page_count").fetchone()[0]
            plain.execute(f"PRAGMA max_page_count = {pages + 100}")
        with pytest.raises(DatabaseFull, match="no space left"):
            fill(store)
        assert 0 < len(list(store.facts("run1"))) < len(HOSTS)
    assert integrity(path) == "ok"
