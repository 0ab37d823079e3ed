from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from posture.store import open_store
from posture.store.database import EVERYONE
from posture.store.errors import DatabaseLocked, DatabaseUnreachable

pytestmark = pytest.mark.postgresql


def test_a_connection_lost_in_mid_commit_loses_nothing_else(postgresql, make):
    """The commit fails with a clear error and wrote nothing; the next attempt, on a new connection, does it."""
    url = postgresql.new("posture_0")
    with open_store(url) as store, open_store(url) as other:
        store.start_run(make.run(), "plan", [(make.customer(), ["web1"])], make.now)
        unit = store.claim(make.run().id, "w", make.lease, make.now)

        def cut(_previous, _acceptances):
            with other.database.writing(EVERYONE) as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            return [make.finding(last_run=unit.run)]

        with pytest.raises(DatabaseUnreachable, match="connection to the database"):
            store.commit(unit, make.result(), cut, make.now)
        assert store.findings() == ()
        assert make.close(store, unit, "6379/tcp") is True


def test_a_database_that_is_not_there_is_explained(postgresql):
    """With the command that makes it."""
    with pytest.raises(DatabaseUnreachable, match=r"createdb|does not answer"):
        open_store(postgresql.url("no_such_database"))


def test_connections_lost_while_nobody_used_them_are_replaced_unnoticed(postgresql, make):
    """As after a night's pause behind a firewall, or a restart of the server between two audits."""
    with open_store(postgresql.new("posture_0")) as store:
        with store.database.reading("bakery"), store.database.reading("cafe"), store.database.reading("dairy"):
            pass  # three connections wait in the pool now
        for number in (1, 2):
            postgresql.cut_off()
            make.audit(store, number, [make.customer()], "6379/tcp")
        postgresql.cut_off()
        assert len(store.findings()) == 1


def slow(store):
    with store.database.writing(EVERYONE) as connection:
        connection.execute(text("SET LOCAL statement_timeout = '20ms'"))
        connection.execute(text("SELECT pg_sleep(20)"))


def hanging(store):
    """A program that does not go on in the middle of a transaction."""
    with store.database.writing(EVERYONE) as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(0.2)
            connection.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("work", "kind", "said"), [(slow, DatabaseLocked, "took too long"), (hanging, DatabaseUnreachable, "was lost")]
)
def test_what_takes_too_long_is_ended_and_said(postgresql, make, work, kind, said):
    """Nobody waits for ever behind its locks; the program goes on with the next transaction."""
    with open_store(postgresql.new("posture_0")) as store:
        with pytest.raises(kind, match=said):
            work(store)
        make.audit(store, 1, [make.customer()], "6379/tcp")
