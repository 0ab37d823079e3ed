from __future__ import annotations

import pytest
from owner import as_owner
from sqlalchemy import text

from posture.model.action import Action
from posture.store import StoreError, open_store, upgrade
from posture.store.move import NUMBERED, NotTheSame, compared, moved
from posture.store.schema import METADATA

pytestmark = pytest.mark.postgresql


@pytest.fixture
def filled(tmp_path, make):
    """A SQLite database with two runs, findings, an acceptance, actions."""
    url = f"sqlite:///{tmp_path}/old.db"
    with open_store(url) as store:
        customers = [make.customer("bakery", ["a", "b"]), make.customer("cafe", ["ü 1"])]
        make.audit(store, 1, customers, "6379/tcp", "80/tcp")
        make.audit(store, 2, customers, "6379/tcp")
        store.accept(make.acceptance(store.findings()[0]))
        for number in range(3):
            store.record(Action(make.now, "run", "bakery", "MSA-7.1", "connect", "", f"198.51.100.{number}", "open"))
    return url


def test_a_moved_database_is_the_same_and_goes_on(filled, postgresql, make):
    """Digests, history, the chain of actions; and new rows get numbers that are free."""
    url = postgresql.new("posture_0")
    told = {}
    tables = moved(filled, url, told.__setitem__)
    assert {table.name: table.rows for table in tables} == told
    with open_store(filled) as old, open_store(url) as new:
        for number in (1, 2):
            run = make.run(number).id
            assert new.digest(run) == old.digest(run)
            assert list(new.facts(run)) == list(old.facts(run))
        assert new.findings() == old.findings()
        assert new.history(new.findings()[0].id) == old.history(old.findings()[0].id)
        assert new.acceptances("bakery") + new.acceptances("cafe") == old.acceptances("bakery") + old.acceptances(
            "cafe"
        )
        assert new.verify_actions(old.actions_head()) is None
        assert new.customer_view("bakery", make.policy()) == old.customer_view("bakery", make.policy())
        make.audit(new, 3, [make.customer("bakery", ["a", "b"])], "6379/tcp")
        new.record(Action(make.now, "run", "cafe", "MSA-7.1", "connect", "", "198.51.100.9", "open"))
        assert new.verify_actions() is None
    with pytest.raises(NotTheSame):
        compared(filled, url)


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


def test_a_database_with_rows_is_not_moved_into(filled, postgresql, make):
    url = postgresql.new("posture_0")
    moved(filled, url, lambda *_: None)
    with pytest.raises(StoreError, match="is not empty"):
        moved(filled, url, lambda *_: None)


def test_work_under_way_is_not_moved(filled, postgresql, make):
    """Its worker would go on in the old database."""
    with open_store(filled) as store:
        store.start_run(make.run(3), "plan", [(make.customer(), ["web1"])], make.now)
        store.claim(make.run(3).id, "worker", make.lease, make.now)
    with pytest.raises(StoreError, match="under way"):
        moved(filled, postgresql.new("posture_0"), lambda *_: None)


def test_a_move_that_fails_writes_nothing(filled, postgresql):
    """All or nothing: half a history is worse than none."""
    url = postgresql.new("posture_0")

    def interrupted(table, rows):
        if table == "finding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moved(filled, url, interrupted)
    assert sum(table.rows for table in moved(filled, url, lambda *_: None)) > 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE finding SET severity = 1 WHERE customer = 'cafe'",
        "DELETE FROM finding_event WHERE id = 1",
        "UPDATE run SET ended = ended + interval '1 microsecond' WHERE seq = 1",
        "UPDATE fact_set SET facts = facts || '\\x00'::bytea WHERE customer = 'bakery'",
    ],
)
def test_a_changed_row_is_noticed(filled, postgresql, change):
    url = postgresql.new("posture_0")
    moved(filled, url, lambda *_: None)
    compared(filled, url)
    with open_store(url) as store, as_owner(store) as connection:
        connection.execute(text(change))
    with pytest.raises(NotTheSame):
        compared(filled, url)


def test_an_older_database_is_not_moved(postgresql, tmp_path):
    with pytest.raises(StoreError, match="posture db upgrade"):
        moved(f"sqlite:///{tmp_path}/new.db", postgresql.new("posture_0"), lambda *_: None)


def test_there_is_a_way_back(filled, postgresql, tmp_path):
    url, back = postgresql.new("posture_0"), f"sqlite:///{tmp_path}/back.db"
    moved(filled, url, lambda *_: None)
    upgrade(back)
    moved(url, back, lambda *_: None)
    assert compared(filled, back)
