from __future__ import annotations

import pytest
from sqlalchemy import text

from posture.store import open_store
from posture.store.database import EVERYONE
from posture.store.errors import DatabaseUnreachable

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
