from __future__ import annotations

import subprocess
import sys
import zlib
from dataclasses import replace

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from owner import as_owner, owners
from sqlalchemy import Column, MetaData, Text, insert, inspect, select, text

from posture.store import StoreError, open_store, upgrade
from posture.store.contents import read
from posture.store.database import EVERYONE, connect_to
from posture.store.errors import NotADatabase, SchemaNewer
from posture.store.migrate import HEAD, VERSION_TABLE, _alone, configuration
from posture.store.schema import METADATA


def test_the_tables_are_those_the_migrations_make(store):
    """Alembic finds nothing that the schema has and the migrations lack, or the other way."""
    with store.database.writing(EVERYONE) as connection:
        command.check(configuration(connection))


def test_the_newest_migration_is_the_one_the_program_knows(store):
    """Else a database would be upgraded at every start, or never."""
    with store.database.reading(EVERYONE) as connection:
        assert ScriptDirectory.from_config(configuration(connection)).get_heads() == [HEAD]


def test_a_filled_database_is_opened_again_unchanged(url, make):
    """What one process stored, the next one reads."""
    with open_store(url) as store:
        run = make.audit(store, 1, [make.customer()], "6379/tcp")
        digest = store.digest(run.id)
    with open_store(url) as store:
        assert store.digest(run.id) == digest


def test_a_filled_database_of_the_first_release_is_upgraded_and_keeps_every_row(empty_url, make, tmp_path):
    """Written at revision 0001, opened by this version: the same results; old runs are whole, numbered by their ids."""
    with open_store(f"sqlite:///{tmp_path / 'new.db'}") as new:
        run = make.audit(new, 1, [make.customer("bakery", ["a", "b"])], "6379/tcp")
        first = replace(make.run(0), id="0-earlier")
        new.start_run(first, "another plan", [], make.now)
        accepted = new.accept(make.acceptance(new.findings()[0]))
        given = new.acceptances("bakery")
        digest = new.digest(run.id)
        with new.database.reading(EVERYONE) as connection:
            rows = {t: connection.execute(select(t)).mappings().all() for t in METADATA.sorted_tables}
            for name, column in (("fact_set", "facts"), ("outcome", "assessments")):  # as they were stored then
                table = METADATA.tables[name]
                rows[table] = [
                    {**row, column: zlib.compress(read(connection, row["customer"], [row[column]])[0])}
                    for row in rows[table]
                ]
    then = {"run": METADATA.tables["run"].to_metadata(MetaData())}
    then["run"].append_column(Column("sources", Text))  # of all customers at once
    beside = {"run": {"sources": '[{"name": "package index: of another customer", "state": "current"}]'}}
    old = connect_to(empty_url)
    with _alone(old) as connection:
        command.upgrade(configuration(connection), "0001")
        there = set(inspect(connection).get_table_names())
        for table, every in [(table, every) for table, every in rows.items() if table.name in there]:
            known = {column["name"] for column in inspect(connection).get_columns(table.name)}
            for row in every:
                values = {name: row[name] for name in known if name in row}
                connection.execute(insert(then.get(table.name, table)).values({**beside.get(table.name, {}), **values}))
        if old.is_postgresql:  # rows with numbers of their own do not move the sequence
            for table in ("scan_unit", "finding_event", "acceptance"):
                last = f"setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                connection.execute(text(f"SELECT {last}"))
    old.engine.dispose()
    upgrade(empty_url)
    with open_store(empty_url) as upgraded:
        assert upgraded.digest(run.id) == digest
        assert upgraded.run(run.id).whole
        assert upgraded.acceptances("bakery") == given
        assert given[0].severity is accepted.severity
        assert [f.last_run for f in upgraded.findings()] == [run.id, run.id]
        assert upgraded.customer_view("bakery", make.policy()).run.sources == ()
        assert upgraded.last_facts("bakery", "a") == make.result("a").facts
        with upgraded.database.reading(EVERYONE) as connection:
            of = METADATA.tables["run"].c
            assert connection.execute(select(of.seq, of.id).order_by(of.seq)).all() == [(1, first.id), (2, run.id)]
        make.audit(upgraded, 2, [make.customer("bakery", ["a", "b"])], "6379/tcp", run="0-of-a-clock-gone-back")
        assert upgraded.latest_run("bakery").id == "0-of-a-clock-gone-back"


@pytest.mark.parametrize("table", ["run", "customer_run", "scan_unit", "finding"])
def test_a_table_of_a_filled_database_can_be_rebuilt(store, make, table):
    """A later migration may alter any table that others refer to, and loses no row; SQLite rebuilds it for that."""
    run = make.audit(store, 1, [make.customer("bakery", ["a", "b"])], "6379/tcp")
    digest, facts = store.digest(run.id), list(store.facts(run.id))
    with owners(store) as database, _alone(database) as connection:
        operations = Operations(MigrationContext.configure(connection))
        recreate = "always" if connection.dialect.name == "sqlite" else "auto"
        with operations.batch_alter_table(table, recreate=recreate) as batch:
            batch.add_column(Column("note", Text, nullable=False, server_default=""))
    assert store.digest(run.id) == digest
    assert list(store.facts(run.id)) == facts
    with store.database.reading(EVERYONE) as connection:
        assert "note" in {column["name"] for column in inspect(connection).get_columns(table)}
    make.audit(store, 2, [make.customer("bakery", ["a", "b"])], "6379/tcp")


def test_a_failed_migration_changes_nothing(store, make):
    """All of an upgrade or nothing, tables included."""

    def fail():
        with owners(store) as database, _alone(database) as connection:
            connection.execute(text("ALTER TABLE run ADD COLUMN note TEXT"))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    with store.database.reading(EVERYONE) as connection:
        assert "note" not in {column["name"] for column in inspect(connection).get_columns("run")}
    make.audit(store, 1, [make.customer()])


def test_a_newer_database_is_refused(url):
    """An old program does not touch what it cannot know."""
    with open_store(url) as store, as_owner(store) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="Upgrade Posture"):
        open_store(url)


def test_another_programs_database_is_refused(empty_url):
    """Its tables are left alone."""
    database = connect_to(empty_url)
    with database.writing(EVERYONE) as connection:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    with pytest.raises(NotADatabase, match="database of its own"):
        upgrade(empty_url)
    with database.reading(EVERYONE) as connection:
        assert inspect(connection).get_table_names() == ["recipes"]
    database.engine.dispose()


def test_processes_that_open_a_fresh_database_at_once_all_succeed(empty_url):
    """One makes the tables, the others wait for it."""
    program = (
        "import sys; from posture.store import *; upgrade(sys.argv[1]); print(len(open_store(sys.argv[1]).customers()))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ended = [process.communicate(timeout=120) for process in started]
    assert ended == [(b"0\n", b"")] * 4


def test_messages_hold_no_password():
    """Where a URL is named in an error, its password is not."""
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://auditor:hunter2hunter2@127.0.0.1:1/posture?password=hunter2hunter2")
    assert "does not answer" in str(caught.value)
    assert "hunter2" not in str(caught.value)
