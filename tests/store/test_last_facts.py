"""What the next look at a resource goes on from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event, text

from posture.model.coverage import PortsSeen
from posture.store.database import EVERYONE


def closed(store, make, number: int, result, resource: str = "web1", customer: str = "bakery") -> None:
    """A run of one resource that came to this."""
    run = make.run(number)
    store.start_run(run, "plan", [(make.customer(customer, [resource]), [resource])], run.started)
    unit = store.claim(run.id, "worker", make.lease, run.started)
    assert store.commit(unit, result, make.nothing, run.started)


def test_a_resource_that_nobody_looked_at_has_none(store, make):
    """Another customer's resource of the same name is another resource, and a claimed unit is no look."""
    closed(store, make, 1, make.result(), customer="butcher")
    store.start_run(make.run(2), "plan", [(make.customer(), ["web1"])], make.now)
    store.claim(make.run(2).id, "worker", make.lease, make.now)
    assert store.last_facts("bakery", "web1") is None


def test_the_newest_runs_facts_are_the_last(store, make):
    """Newer is what was started later, whatever its clock said."""
    closed(store, make, 5, make.result(text="before"))
    closed(store, make, 2, make.result(text="of a clock gone back"))
    assert store.last_facts("bakery", "web1") == make.result(text="of a clock gone back").facts


def test_a_night_that_saw_nothing_is_passed_over(store, make):
    """Outside the hours, without authorization, host down: what was known before is still what is known."""
    closed(store, make, 1, make.result(text="seen"))
    for number in (2, 3):
        closed(store, make, number, replace(make.result(text="nothing"), looked=False))
    assert store.last_facts("bakery", "web1") == make.result(text="seen").facts


def test_what_earlier_runs_saw_can_be_asked_for(store, make):
    """One look after the other, newest first, until there is none."""
    for number in (1, 2):
        closed(store, make, number, make.result(text=str(number)))
    told = [store.last_facts("bakery", "web1", back) for back in range(3)]
    assert told == [make.result(text="2").facts, make.result(text="1").facts, None]


@pytest.mark.parametrize("change", ["facts = :other", "sha256 = 'x'"])
def test_facts_that_were_changed_are_nothing_to_go_on_from(store, make, change):
    """They would narrow the next look: it looks at everything instead, and no error stops the night."""
    closed(store, make, 1, make.result())
    with store.database.writing(EVERYONE) as connection:
        values = {"other": b"not compressed"} if ":other" in change else {}
        connection.execute(text(f"UPDATE fact_set SET {change}"), values)
    assert store.last_facts("bakery", "web1") is None


def test_the_view_tells_how_many_ports_were_looked_at(store, make):
    """Of each host whose ports were; kept with the run."""
    seen = PortsSeen("web1", 4_812, 65_535, make.now, make.now)
    closed(store, make, 1, replace(make.result(), ports=seen))
    unit = store.claim(make.run(1).id, "worker", make.lease, make.now)
    store.finish(unit, make.nothing, make.now)
    assert store.customer_view("bakery", make.policy()).ports == (seen,)
    closed(store, make, 2, make.result())
    assert store.customer_view("bakery", make.policy(), make.run(2).id).ports == ()


def test_the_last_facts_are_found_by_an_index(store, make):
    """A fleet asks once a host and night: with a million units a scan of the table would be the night."""
    for number in (1, 2):
        make.audit(store, number, [make.customer(name, list("abcdef")) for name in ("bakery", "butcher")])
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    event.listen(store.database.engine, "before_cursor_execute", note)
    store.last_facts("bakery", "a")
    event.remove(store.database.engine, "before_cursor_execute", note)
    statement, parameters = next(pair for pair in asked if "fact_set" in pair[0])
    explain = "EXPLAIN " if store.database.is_postgresql else "EXPLAIN QUERY PLAN "
    with store.database.reading(EVERYONE) as connection:
        if store.database.is_postgresql:  # a few rows are read faster without an index
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        lines = [" ".join(map(str, row)) for row in connection.exec_driver_sql(explain + statement, parameters)]
    plan = "\n".join(lines)
    assert "SCAN " not in plan
    assert "Seq Scan" not in plan
    by_resource = ("uq_scan_unit_customer_resource_run", "(customer=? AND resource=?)")
    assert any(index in plan for index in by_resource), plan
