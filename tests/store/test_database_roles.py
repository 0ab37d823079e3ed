"""Who may do what with PostgreSQL's tables, and what a status says of it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from posture.cli.options import now
from posture.store import StoreError, upgrade
from posture.store.condition import condition
from posture.store.database import EVERYONE, connect_to
from posture.store.roles import APP_ROLE

pytestmark = pytest.mark.postgresql


def may_insert(owner, role):
    database = connect_to(owner)
    try:
        with database.reading(EVERYONE) as connection:
            return connection.execute(text(f"SELECT has_table_privilege('{role}', 'run', 'INSERT')")).scalar()
    finally:
        database.engine.dispose()


def test_an_upgrade_goes_on_for_the_roles_that_worked_with_it(postgresql):
    """Whoever forgets --app-role leaves no new table without rights; a role that only reads gets no more."""
    owner = postgresql.new(role="auditor")
    database = connect_to(owner)
    with database.writing(EVERYONE) as connection:
        for role in ("posture_second", "posture_reader"):
            if not connection.execute(text(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")).scalar():
                connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    assert upgrade(owner) == (APP_ROLE,)
    assert upgrade(owner, "posture_second") == ("posture_second",)
    with database.writing(EVERYONE) as connection:
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO posture_reader"))
        connection.execute(text("REVOKE INSERT ON challenge FROM posture_second"))
    assert upgrade(owner) == (APP_ROLE, "posture_second")
    assert not may_insert(owner, "posture_reader")
    with database.reading(EVERYONE) as connection:
        assert connection.execute(text("SELECT has_table_privilege('posture_second', 'challenge', 'INSERT')")).scalar()
    database.engine.dispose()


def test_who_owns_nothing_upgrades_nothing(postgresql):
    """The program's own role is told whose tables they are; it could grant itself nothing."""
    with pytest.raises(StoreError, match="belong to the role auditor"):
        upgrade(postgresql.new("posture_0"))


def test_status_tells_as_whom_one_works(postgresql):
    url = postgresql.new("posture_0")
    as_app = condition(url, now)
    assert (as_app.role, as_app.owner, as_app.shortcomings) == (APP_ROLE, "auditor", ())
    assert as_app.confined == as_app.tables > 20
    assert as_app.connections >= 1
    as_superuser = condition(url.replace(f"{APP_ROLE}@", "auditor@"), now)
    assert as_superuser.confined == 0
    assert len(as_superuser.shortcomings) == 2
    empty = condition(postgresql.new(), now)
    assert (empty.schema, empty.owner) == ("", "")
    assert any("posture db upgrade" in one for one in empty.shortcomings)


def test_status_tells_of_a_table_that_shows_everybody(postgresql):
    """Somebody has turned it off by hand."""
    owner = postgresql.new("posture_0", role="auditor")
    database = connect_to(owner)
    with database.writing(EVERYONE) as connection:
        connection.execute(text("ALTER TABLE finding DISABLE ROW LEVEL SECURITY"))
    database.engine.dispose()
    told = condition(owner.replace("auditor@", f"{APP_ROLE}@"), now).shortcomings
    assert told == (f"{APP_ROLE} sees all customers' rows at once in finding",)
