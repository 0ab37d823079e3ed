"""What a unit asks of the database: few questions, and none whose answer takes longer the larger the fleet is."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from posture.model.sighting import KeysSeen
from posture.store import open_store

MOST = 18  # statements from claim to commit of a host with an acceptance, without begin and commit
WHOLE = re.compile(
    r"^SCAN (?!CONSTANT ROW|run USING INDEX ix_run_shared)|^SEARCH (finding|acceptance) .*\(customer=\?\)$"
)


@pytest.fixture
def opened(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/posture.db")) as store:
        yield store


def test_a_unit_asks_little_and_reads_nothing_whole(opened, make):
    """A customer of ten thousand resources has a hundred thousand findings: no look may read them all."""
    bakery = make.customer("bakery", ["a", "b"])
    make.audit(opened, 1, [bakery], "6379/tcp")
    (finding, _) = opened.findings()
    opened.accept(make.acceptance(finding))
    run = make.run(2)
    opened.start_run(run, "plan", [(bakery, ["a", "b"])], make.now)
    said = []

    @event.listens_for(opened.database.engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, many):
        said.append((statement, parameters[0] if many else parameters))

    unit = opened.claim(run.id, "worker", timedelta(minutes=1), make.now)
    opened.last_facts(unit.customer, unit.resource)
    assert opened.commit(
        unit, replace(make.result(unit.resource), keys=KeysSeen((), ())), make.sees(unit, "6379/tcp"), make.now
    )
    event.remove(opened.database.engine, "before_cursor_execute", note)
    asked = [(statement, values) for statement, values in said if not statement.startswith("BEGIN")]
    assert len(asked) <= MOST, [statement for statement, _ in asked]
    with opened.database.reading("*") as connection:
        plans = [
            (row[3], statement)
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert not [(step, statement) for step, statement in plans if WHOLE.search(step)]
