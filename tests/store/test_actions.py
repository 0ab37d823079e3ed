from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from owner import as_owner

from posture.model.action import Action, chained
from posture.store import StoreError
from posture.store.actions import NOTHING_BEFORE


@pytest.fixture
def action(make):
    return Action(make.now, "run", "bakery", "MSA-7.1", "tcp connect: redis", "auditor", "198.51.100.2 6379/tcp", "ok")


def forge(store, *statements):
    """Change the log as somebody with the database's password could."""
    triggers = {
        "sqlite": [f"DROP TRIGGER scan_action_no_{name}" for name in ("update", "delete", "replace")],
        "postgresql": ["ALTER TABLE scan_action DISABLE TRIGGER USER"],
    }[store.database.engine.dialect.name]
    with as_owner(store) as connection:
        for statement in (*triggers, *statements):
            connection.exec_driver_sql(statement)


def test_actions_come_back_as_written(store, action):
    """For one customer, one run or since a moment; the newest of them, oldest first."""
    assert store.actions() == ()
    assert store.verify_actions() is None
    every = [
        replace(action, at=action.at + timedelta(seconds=n), customer="bakery" if n % 2 else "cafe", run=f"r{n // 5}")
        for n in range(10)
    ]
    for one in every:
        store.record(one)
    assert store.actions() == tuple(every)
    assert store.actions("cafe") == tuple(every[::2])
    assert store.actions(run="r1") == tuple(every[5:])
    assert store.actions(since=every[7].at) == tuple(every[7:])
    assert store.actions(limit=2) == tuple(every[-2:])
    assert store.verify_actions() is None
    assert store.actions_head().entries == 10


@pytest.mark.parametrize("statement", [
    "UPDATE scan_action SET result = 'nothing happened'",
    "DELETE FROM scan_action",
    "DELETE FROM scan_action WHERE seq = 1",
])  # fmt: skip
def test_the_database_refuses_to_change_the_log(store, action, statement):
    """Append-only is not a promise of this program alone."""
    store.record(action)
    with pytest.raises(StoreError, match="append-only"), as_owner(store) as connection:
        connection.exec_driver_sql(statement)
    assert store.actions() == (action,)


def test_other_ways_to_delete_are_refused_too(store, action):
    """SQLite's REPLACE and PostgreSQL's TRUNCATE go past the usual trigger."""
    store.record(action)
    way = "TRUNCATE scan_action"
    if store.database.engine.dialect.name == "sqlite":
        way = "INSERT OR REPLACE INTO scan_action SELECT * FROM scan_action"
    with pytest.raises(StoreError, match="append-only"), as_owner(store) as connection:
        connection.exec_driver_sql(way)
    assert store.actions() == (action,)


@pytest.mark.parametrize(("statement", "entry"), [
    ("UPDATE scan_action SET target = '203.0.113.1' WHERE seq = 3", 3),
    ("UPDATE scan_action SET hash = 'abc' WHERE seq = 4", 4),
    ("DELETE FROM scan_action WHERE seq = 2", 2),
    ("DELETE FROM scan_action WHERE seq = 1", 1),
])  # fmt: skip
def test_a_forged_log_is_found_out(store, action, statement, entry):
    """Who drops the refusal and edits an entry breaks the chain, and where is told."""
    for _ in range(5):
        store.record(action)
    forge(store, statement)
    broken = store.verify_actions()
    assert broken.entry == entry
    assert str(entry) in broken.reason


def test_a_log_cut_off_at_its_end_shows_against_the_head(store, action):
    """The chain alone cannot tell; the head noted elsewhere can."""
    for _ in range(3):
        store.record(action)
    noted = store.actions_head()
    forge(store, "DELETE FROM scan_action WHERE seq = 3")
    assert store.verify_actions() is None
    assert store.actions_head() != noted


def test_many_append_at_once(store, action):
    """The chain has no fork and no gap, whoever writes."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.record(replace(action, result=str(n))), range(80)))
    assert {a.result for a in store.actions()} == {str(n) for n in range(80)}
    assert store.verify_actions() is None


def test_hostile_text_is_stored_harmless(store, action):
    """Escapes, NULs and surrogates neither lose an entry nor reach a terminal from it."""
    store.record(replace(action, result="\x1b[2J\0\ud800" + "x" * 5000))
    (stored,) = store.actions()
    assert stored.result.startswith(r"\x1b[2J\x00\ud800")
    assert len(stored.result) < 600
    assert store.verify_actions() is None


def test_a_time_without_zone_is_refused(store, action):
    """An abuse desk needs to know when."""
    with pytest.raises(ValueError, match="no time zone"):
        store.record(replace(action, at=action.at.replace(tzinfo=None)))
    assert store.actions() == ()


def test_a_log_written_anew_is_found_against_a_head_noted_elsewhere(store, action):
    """The chain has no key: only what was noted where the forger cannot write tells."""
    for n in range(3):
        store.record(replace(action, at=action.at + timedelta(seconds=n)))
    noted = store.actions_head()
    store.record(replace(action, at=action.at + timedelta(seconds=9)))
    assert store.verify_actions(noted) is None
    before = NOTHING_BEFORE
    rewritten = [replace(one, target="203.0.113.66 22/tcp") for one in store.actions()]
    changes = []
    for entry, one in enumerate(rewritten, start=1):
        before = chained(before, entry, one)
        changes.append(f"UPDATE scan_action SET target = '{one.target}', hash = '{before}' WHERE seq = {entry}")
    forge(store, *changes)
    assert store.verify_actions() is None, "a chain that was computed anew is a chain"
    assert store.verify_actions(noted).entry == 3
    with as_owner(store) as connection:
        connection.exec_driver_sql("DELETE FROM scan_action WHERE seq > 2")
    assert store.verify_actions(noted).entry == 3
