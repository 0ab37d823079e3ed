"""From one database to the other kind and back: all of it, or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from every_table import fill
from owner import as_owner
from sqlalchemy import func, select, text

import posture
from posture.execute.workers import this_worker
from posture.model.action import Action
from posture.model.night import Night, NightRules, Turn, Turns
from posture.model.revocation import Revocation
from posture.store import StoreError, open_store, upgrade
from posture.store.database import EVERYONE
from posture.store.errors import DatabaseLocked
from posture.store.move import NUMBERED, NotTheSame, compared, moved
from posture.store.schema import APPEND_ONLY, METADATA

pytestmark = pytest.mark.postgresql

DAY = timedelta(days=1)


def nobody(_worker):
    """No worker has surely ended."""
    return False


def quiet(*_):
    """Progress that nobody wants to hear of."""


@pytest.fixture
def move(make):
    return lambda source, target, told=quiet, is_gone=nobody, now=make.now: moved(source, target, told, is_gone, now)


@pytest.fixture
def filled(tmp_path, make):
    """A SQLite database with rows in every table; its URL."""
    url = f"sqlite:///{tmp_path}/old.db"
    with open_store(url) as store:
        fill(store, make)
    return url


def test_the_database_that_is_moved_here_has_rows_in_every_table(filled):
    """A table that is added later must be moved here too."""
    with open_store(filled) as store, store.database.reading(EVERYONE) as connection:
        tables = METADATA.sorted_tables
        assert [t.name for t in tables if not connection.execute(select(func.count()).select_from(t)).scalar()] == []


def test_a_moved_database_is_the_same_and_goes_on(filled, postgresql, make, move):
    """Digests, history, the chain of actions; and new rows get numbers that are free."""
    url = postgresql.new("posture_0")
    told = {"copied": {}, "compared": {}}
    found = move(filled, url, lambda doing, table, rows: told[doing].__setitem__(table, rows))
    assert told["copied"] == told["compared"] == {table.name: table.rows for table in found.tables}
    with open_store(filled) as old, open_store(url) as new:
        for number in (1, 2):
            run = make.run(number).id
            assert new.digest(run) == old.digest(run)
            assert list(new.facts(run)) == list(old.facts(run))
        assert new.findings() == old.findings()
        assert [new.history(f.id) for f in new.findings()] == [old.history(f.id) for f in old.findings()]
        for ask in ("acceptances", "disputes", "deliveries", "grants", "challenges", "pins", "holds"):
            assert getattr(new, ask)("bakery") == getattr(old, ask)("bakery"), ask
        assert new.shared_keys() == old.shared_keys()
        assert new.nights(9) == old.nights(9)
        assert new.revoked_since() == old.revoked_since()
        assert new.customer_view("bakery", make.policy()) == old.customer_view("bakery", make.policy())
        assert (found.head, found.broken) == (old.actions_head(), None)
        assert new.verify_actions(old.actions_head()) is None
        fill(new, make, again=True)
        assert new.verify_actions() is None
    with pytest.raises(NotTheSame):
        compared(filled, url, quiet)


def test_every_numbered_table_goes_on_after_its_last_row():
    """A table that is added later must not be forgotten."""
    numbered = {
        table.name
        for table in METADATA.sorted_tables
        if [column.name for column in table.primary_key] == ["id"]
        and table.c["id"].type.python_type is int
        and table.c["id"].autoincrement
    }
    assert numbered == set(NUMBERED)


def test_a_database_with_rows_is_not_moved_into(filled, postgresql, move):
    url = postgresql.new("posture_0")
    move(filled, url)
    with pytest.raises(StoreError, match="is not empty"):
        move(filled, url)


def test_work_under_way_is_not_moved_and_told(filled, postgresql, make, move):
    """Its worker would go on in the old database. What a dead worker left is gone on with in the new one."""
    run, night = make.run(7), Night("2026-11-29", make.run(8).id, make.now, make.now + DAY)
    with open_store(filled) as store:
        store.start_run(run, "plan", [(make.customer("inn"), ["web1"])], make.now)
        store.claim(run.id, this_worker(), make.lease, make.now)
        store.begin_night(night, make.run(8), [Turns(make.customer("pub"), (Turn("web1"),))], NightRules(), make.now)
        store.lead_night(night.id, "leader", make.lease, nobody, make.now)
    url = postgresql.new("posture_0")
    with pytest.raises(StoreError, match="under way") as refused:
        move(filled, url)
    for told in (run.id, this_worker(), night.id, "leader"):
        assert told in str(refused.value)
    with pytest.raises(StoreError, match="led by leader"):
        move(filled, url, is_gone=lambda worker: worker == this_worker())
    move(filled, url, now=make.now + 2 * make.lease)
    with open_store(url) as store:
        late = make.now + 2 * make.lease
        assert make.close(store, store.claim(run.id, "another", make.lease, late), now=late)


def test_nobody_writes_into_the_old_database_meanwhile(filled, postgresql, make, move, monkeypatch):
    """It would be lost: a writer waits, and what it writes after all is not said to have been moved."""
    monkeypatch.setattr("posture.store.database.PATIENCE", 0)
    action = Action(make.now, "run", "cafe", "MSA-7.1", "connect", "", "198.51.100.9", "open")

    def intrude(_doing, table, _rows):
        if table == "scan_action":
            with open_store(filled) as store, pytest.raises(DatabaseLocked):
                store.record(action)

    found = move(filled, postgresql.new("posture_0"), intrude)
    with open_store(filled) as store:
        assert store.actions_head() == found.head


def test_nobody_writes_into_a_postgresql_that_is_left(filled, postgresql, make, move, tmp_path, monkeypatch):
    """Tables that change are locked; what is appended is noticed at the end, and nothing is moved."""
    url, back = postgresql.new("posture_0"), f"sqlite:///{tmp_path}/back.db"
    move(filled, url)
    upgrade(back)
    monkeypatch.setattr("posture.store.database.PATIENCE", 1)

    def intrude(doing, table, _rows):
        if (doing, table) == ("compared", "run"):
            with open_store(url) as store:
                with pytest.raises(DatabaseLocked):
                    store.start_run(make.run(9), "plan", [(make.customer(), ["web1"])], make.now)
                store.revoke(Revocation("inn", "MSA-9", make.now, "jane", "left"))

    with pytest.raises(StoreError, match="wrote into revocation"):
        move(url, back, intrude)
    move(url, back)


def test_a_move_that_is_killed_writes_nothing_and_is_begun_again(filled, postgresql, make, move):
    """All or nothing: half a history is worse than none, and append-only rows could never be taken away."""
    url = postgresql.new("posture_0")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(posture.__file__).parents[1]), *sys.path])}
    program = f"""
import sys
from datetime import datetime, UTC
from posture.store import move
move.AT_ONCE = move.LARGE_AT_ONCE = 1
def told(doing, table, rows):
    print(doing, table, flush=True)
    if [doing, table] == sys.argv[1:]:
        sys.stdin.read()
move.moved({filled!r}, {url!r}, told, lambda _: False, datetime.now(UTC))
"""
    for where in (("copied", "scan_action"), ("copied", "outcome"), ("compared", "run")):
        moving = subprocess.Popen(
            [sys.executable, "-c", program, *where],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            while moving.stdout.readline().split() != [*where]:
                assert moving.poll() is None
        finally:
            moving.send_signal(signal.SIGKILL)
            moving.communicate()
        with open_store(url) as store:
            assert store.actions() == ()
    assert sum(table.rows for table in move(filled, url).tables) > 0


def test_a_nul_character_is_told_before_anything_is_written(filled, postgresql, make, move):
    """SQLite holds it, PostgreSQL does not: which row it is, and not a database error."""
    with open_store(filled) as store, as_owner(store) as connection:
        connection.execute(text("UPDATE customer_run SET gist = 'a' || char(0) WHERE customer = 'cafe'"))
    url = postgresql.new("posture_0")
    with pytest.raises(StoreError, match="customer_run has a NUL character in gist of the row 'cafe'"):
        move(filled, url)
    with open_store(url) as store:
        assert store.actions() == ()


def test_hostile_text_leaves_nothing_that_postgresql_cannot_hold(tmp_path, postgresql, make, move):
    """NULs and lone surrogates in whatever people and hosts say are escaped, or lie in compressed bytes."""
    bad = "a\0b\ud800c"
    filled = f"sqlite:///{tmp_path}/old.db"
    with open_store(filled) as store:
        fill(store, make, hard=bad)
    move(filled, postgresql.new("posture_0"))


def test_a_log_that_was_broken_is_moved_as_it_is_and_told(filled, postgresql, make, move):
    with open_store(filled) as store, as_owner(store) as connection:
        connection.exec_driver_sql("DROP TRIGGER scan_action_no_update")
        connection.exec_driver_sql("UPDATE scan_action SET result = 'nothing' WHERE seq = 2")
    found = move(filled, postgresql.new("posture_0"))
    assert found.broken.entry == 2


def test_the_new_database_keeps_its_refusals(filled, postgresql, make, move):
    """Append-only stays so, and a customer's transaction sees no other's rows."""
    url = postgresql.new("posture_0")
    move(filled, url)
    with open_store(url) as store:
        for table in sorted(APPEND_ONLY):
            with pytest.raises(StoreError, match="append-only"), as_owner(store) as connection:
                connection.execute(METADATA.tables[table].delete())
        with store.database.reading("cafe") as connection:
            rows = connection.execute(select(METADATA.tables["customer_run"].c.customer)).scalars()
            assert set(rows) == {"cafe"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE finding SET severity = 1 WHERE customer = 'cafe'",
        "DELETE FROM finding_event WHERE id = 1",
        "UPDATE run SET ended = ended + interval '1 microsecond' WHERE seq = 1",
        "UPDATE fact_set SET facts = facts || '\\x00'::bytea WHERE customer = 'bakery'",
    ],
)
def test_a_changed_row_is_noticed(filled, postgresql, move, change):
    url = postgresql.new("posture_0")
    move(filled, url)
    compared(filled, url, quiet)
    with open_store(url) as store, as_owner(store) as connection:
        connection.execute(text(change))
    with pytest.raises(NotTheSame):
        compared(filled, url, quiet)


def test_databases_that_are_not_fit_are_refused(filled, postgresql, tmp_path, move):
    """A mistyped name makes no file; tables of another version, or of nobody, are upgraded first."""
    url = postgresql.new("posture_0")
    with pytest.raises(StoreError, match="there is no database"):
        move(f"sqlite:///{tmp_path}/mistyped.db", url)
    assert not (tmp_path / "mistyped.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="posture db upgrade"):
        move(f"sqlite:///{tmp_path}/empty.db", url)
    with pytest.raises(StoreError, match="posture db upgrade"):
        move(filled, postgresql.new())
    with pytest.raises(StoreError, match="the same database"):
        move(filled, f"sqlite:///{tmp_path}/../{tmp_path.name}/old.db")


def test_there_is_a_way_back(filled, postgresql, tmp_path, move):
    url, back = postgresql.new("posture_0"), f"sqlite:///{tmp_path}/back.db"
    move(filled, url)
    upgrade(back)
    move(url, back)
    assert compared(filled, back, quiet)


def test_the_command_says_what_was_moved_and_what_to_do_next(filled, postgresql, tmp_path):
    """What is there, by which digest; exit code 1 where the two differ, 5 where nothing could be done."""

    def posture_db_move(*arguments):
        command = [sys.executable, "-m", "posture.cli.main", "db", "move", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(Path(posture.__file__).parents[1])}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    both = ("--from", filled, "--to", postgresql.new("posture_0"))
    mistyped = posture_db_move("--from", f"sqlite:///{tmp_path}/mistyped.db", "--to", both[3])
    assert (mistyped.returncode, "there is no database" in mistyped.stderr) == (5, True)
    done = posture_db_move(*both)
    assert done.returncode == 0, done.stderr
    assert "compared scan_action: 3 rows" in done.stderr
    for said in ("The same:", "3 entries, unbroken; head 3:", "POSTURE_DATABASE"):
        assert said in done.stdout
    assert posture_db_move(*both).returncode == 5
    assert posture_db_move(*both, "--verify-only").returncode == 0
    with open_store(both[3]) as store, as_owner(store) as connection:
        connection.execute(text("UPDATE finding SET severity = 1"))
    differs = posture_db_move(*both, "--verify-only")
    assert (differs.returncode, "finding is not the same" in differs.stderr) == (1, True)
