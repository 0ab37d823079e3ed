"""The queue's tables: made once, brought up to date, usable by a role that owns nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from owner import OWNER
from procrastinate.schema import SchemaManager
from psycopg.errors import InsufficientPrivilege

from posture.execute.procrastinate_schema import NoQueue, apply, require
from posture.execute.procrastinate_wake import wake_workers
from posture.store.roles import APP_ROLE

pytestmark = pytest.mark.postgresql


def functions(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {
            name
            for (name,) in connection.execute(
                "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'posture_queue'::regnamespace"
            )
        }


def as_app(url: str) -> str:
    return url.replace(f"//{OWNER}@", f"//{APP_ROLE}@")


def test_it_is_made_once_and_the_program_works_with_it_as_a_role_that_owns_nothing(postgresql) -> None:
    """The program's role wakes workers, and cannot say what was applied."""
    url = postgresql.new(role=OWNER)
    assert apply(url, APP_ROLE) == ("schema",)
    assert apply(url, APP_ROLE) == ()
    require(as_app(url))
    assert wake_workers(as_app(url), 3) == 0
    with psycopg.connect(as_app(url)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("DELETE FROM posture_queue.posture_applied")


def test_an_older_queue_is_brought_up_to_date(postgresql) -> None:
    """By Procrastinate's own migrations, each once; jobs that wait stay."""
    fresh, older = postgresql.new(role=OWNER), postgresql.new(role=OWNER)
    apply(fresh)
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    first = [file for file in files if file.name < "03.02"]
    with psycopg.connect(older, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA posture_queue")
        connection.execute("SET search_path TO posture_queue")
        connection.execute("CREATE TABLE posture_applied (name text PRIMARY KEY, at timestamptz DEFAULT now())")
        for file in first:
            connection.execute(file.read_text())
            connection.execute("INSERT INTO posture_applied VALUES (%s)", (file.name,))
    with pytest.raises(NoQueue, match="older than this version needs"):
        require(older)
    assert apply(older) == tuple(file.name for file in files if file not in first)
    require(older)
    assert functions(fresh) <= functions(older)
    assert wake_workers(older, 300) == 0
    with psycopg.connect(older) as connection:
        assert connection.execute("SELECT count(*) FROM posture_queue.procrastinate_jobs").fetchone() == (256,)


def test_to_wake_again_and_again_fills_no_queue(postgresql) -> None:
    """Wake-ups that wait already count; none says anything but: look."""
    url = postgresql.new(role=OWNER)
    apply(url)
    for _ in range(3):
        wake_workers(url, 20)
    with psycopg.connect(url) as connection:
        jobs = connection.execute("SELECT args, lock FROM posture_queue.procrastinate_jobs").fetchall()
    assert jobs == [({}, None)] * 20


def test_a_database_without_the_queue_is_told_with_the_next_step(postgresql) -> None:
    """As is one that another role owns."""
    with pytest.raises(NoQueue, match="has no queue") as missing:
        require(postgresql.new("posture_0"))
    assert "posture db upgrade" in missing.value.step
    url = postgresql.new(role=OWNER)
    apply(url)
    with pytest.raises(NoQueue, match="permission denied"):
        require(as_app(url))
