"""Nobody's rows but the customer's that a transaction is about: PostgreSQL holds it, whatever the program forgets."""

from __future__ import annotations

import pytest
from owner import as_owner, owners
from sqlalchemy import inspect, select, text

from posture.store import StoreError, open_store, upgrade
from posture.store.database import EVERYONE
from posture.store.errors import DatabaseUnreachable, SchemaOlder
from posture.store.roles import APP_ROLE, shortcomings
from posture.store.schema import APPEND_ONLY, METADATA, finding

UPDATE_TRIGGERS = """
    SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE event_manipulation = 'UPDATE'
"""

pytestmark = pytest.mark.postgresql


@pytest.fixture
def store(postgresql):
    with open_store(postgresql.new("posture_0")) as opened:
        yield opened


@pytest.fixture
def filled(store, make):
    make.audit(store, 1, [make.customer("bakery"), make.customer("cafe")], "6379/tcp")
    return store


def ids(store, of):
    with store.database.reading(of) as connection:
        return sorted(connection.execute(select(finding.c.customer)).scalars())


def test_a_transaction_sees_the_customer_that_it_is_about(filled):
    assert ids(filled, "bakery") == ["bakery"]
    assert ids(filled, "cafe") == ["cafe"]
    assert ids(filled, EVERYONE) == ["bakery", "cafe"]
    assert ids(filled, "") == []


def test_a_connection_that_says_nothing_sees_nothing(filled):
    """Also one that said something in an earlier transaction."""
    assert ids(filled, "bakery") == ["bakery"]
    with filled.database.engine.connect() as connection:
        assert connection.execute(select(finding.c.customer)).all() == []


def test_a_row_of_another_customer_is_refused(filled, make):
    row = {"customer": "cafe", "finding": "x", "reason": "", "accepted_by": "", "severity": 1, "times_reopened": 0}
    values = {**row, "accepted_at": make.now, "until": make.now}
    with pytest.raises(StoreError, match="row-level security"), filled.database.writing("bakery") as connection:
        connection.execute(METADATA.tables["acceptance"].insert().values(values))


def test_every_table_with_a_customer_is_confined_also_for_its_owner(filled):
    with owners(filled) as database, database.reading(EVERYONE) as connection:
        confined = set(
            connection.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
        )
    assert confined == {table.name for table in METADATA.sorted_tables if "customer" in table.c}


def test_the_programs_role_owns_nothing_and_cannot_change_what_is_appended(filled):
    with filled.database.reading(EVERYONE) as connection:
        assert shortcomings(connection) == []
        for table in METADATA.sorted_tables:
            may = {
                right
                for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
                if connection.execute(text(f"SELECT has_table_privilege('{table.name}', '{right}')")).scalar()
            }
            assert may == ({"INSERT"} if table.name in APPEND_ONLY else {"INSERT", "UPDATE", "DELETE"}), table.name
    with pytest.raises(DatabaseUnreachable, match="lacks rights"), filled.database.writing(EVERYONE) as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))


def test_every_append_only_table_has_a_trigger_that_refuses(filled):
    with owners(filled) as database, database.reading(EVERYONE) as connection:
        guarded = set(connection.execute(text(UPDATE_TRIGGERS)).scalars())
    assert guarded == APPEND_ONLY


def test_who_is_above_the_rules_is_told(filled):
    """A superuser sees everybody's rows: whoever runs the program as one should know."""
    with owners(filled) as database, database.reading(EVERYONE) as connection:
        assert any("superuser" in one for one in shortcomings(connection))
        assert any("owns" in one for one in shortcomings(connection))


def test_an_empty_or_older_database_is_upgraded_on_purpose_only(postgresql, make):
    """A worker that is started must not change the tables under the others."""
    owner = postgresql.new(role="auditor")
    with pytest.raises(SchemaOlder, match="posture db upgrade"):
        open_store(owner)
    upgrade(owner, APP_ROLE)
    url = owner.replace("auditor@", f"{APP_ROLE}@")
    with open_store(url) as store:
        make.audit(store, 1, [make.customer()])
        with as_owner(store) as connection:
            connection.execute(text("UPDATE posture_revision SET version_num = '0009'"))
        with pytest.raises(SchemaOlder, match="0009"):
            open_store(url)


def test_an_upgrade_names_a_role_that_is_not_there(postgresql):
    owner = postgresql.new(role="auditor")
    with pytest.raises(StoreError, match="CREATE ROLE nobody_here"):
        upgrade(owner, "nobody_here")
    with pytest.raises(SchemaOlder):
        open_store(owner)
    with pytest.raises(StoreError, match="no name of a role"):
        upgrade(owner, "x; DROP TABLE run")


def test_upgrading_twice_changes_nothing(postgresql):
    owner = postgresql.new("posture_0", role="auditor")
    upgrade(owner, APP_ROLE)
    with open_store(owner) as store, store.database.reading(EVERYONE) as connection:
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "posture_revision"}
