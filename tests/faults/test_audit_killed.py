from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import fleet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.engine.derive import derive
from posture.engine.judge import judge
from posture.engine.plan import expected
from posture.facts.codec import from_json
from posture.facts.factset import Facts
from posture.facts.network import PortSweep
from posture.model.resource import ALL_HOSTS, Resource, ResourceKind
from posture.model.unit import ClaimedUnit
from posture.policy.load import default_policy
from posture.report.compose import compose
from posture.report.renderers import renderer
from posture.report.unlisted import unlisted
from posture.store import Store, open_store


def store_at(folder: Path, name: str) -> Store:
    return open_store(f"sqlite:///{folder / name}.db")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of a run that nothing disturbed."""
    with store_at(tmp_path_factory.mktemp("undisturbed"), "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1")
        return store.digest("run-1")


def assert_complete(store: Store) -> None:
    outcomes = [(r.customer, r.resource, a.check.id) for r in store.facts("run-1") for a in r.assessments]
    assert len(outcomes) == len(set(outcomes))
    assert set(outcomes) == expected(fleet.planned(fleet.customers()))
    run = store.run("run-1")
    assert run is not None
    assert run.ended is not None


@pytest.mark.parametrize("kills", [1, 5])
def test_a_killed_audit_is_finished_by_the_next_start_with_the_same_findings(
    tmp_path: Path, undisturbed: str, kills: int
) -> None:
    """kill -9 at any moment: nothing is lost, nothing is done twice, no lease has to run out first."""
    for _ in range(kills):
        command = [sys.executable, str(Path(fleet.__file__)), str(tmp_path / "one.db")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as audit:
            assert audit.stdout is not None
            audit.stdout.readline()
            os.kill(audit.pid, signal.SIGKILL)
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1")
        assert_complete(store)
        assert store.digest("run-1") == undisturbed


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(threads=st.integers(1, 6), data=st.data())
def test_the_same_facts_give_the_same_findings_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, undisturbed: str, threads: int, data: st.DataObject
) -> None:
    """Whoever does the units, in whatever order."""
    order = data.draw(st.permutations(fleet.customers()))
    with store_at(tmp_path_factory.mktemp("order"), "one") as store:
        fleet.audit(store, order, run="run-1", threads=threads)
        assert_complete(store)
        assert store.digest("run-1") == undisturbed


def test_a_replay_of_stored_facts_comes_to_the_same_outcomes(tmp_path: Path) -> None:
    """Facts are the evidence: judged again they say the same."""
    resources = {r.id: r for customer in fleet.customers() for r in customer.resources} | {ALL_HOSTS.id: ALL_HOSTS}
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1")
        for stored in store.facts("run-1"):
            resource = resources[stored.resource]
            known = derive(resource, from_json(stored.facts), fleet.NoAdvice())
            assert judge(fleet.CHECKS, resource, known) == stored.assessments


def test_nobody_learns_who_else_has_a_key(tmp_path: Path) -> None:
    """A customer's facts, findings and report hold how many others have his key, and no name or host of theirs."""
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1")
        shared = [finding for finding in store.findings("c1") if finding.resource == ALL_HOSTS.id]
        assert any(re.search(r"and [12] others", finding.summary) for finding in shared)
        for facts in store.facts("run-1", "c1"):
            assert not re.search(rb"\bc[02]\b", facts.facts)
        view = store.customer_view("c1", default_policy())
        assert view is not None
        for kind in ("html", "json"):
            assert not re.search(rb"\bc[02](-h\d)?\b", renderer(kind).render(compose(view, {})))
        names = {customer for key in store.shared_keys() for customer, _, _ in key.places}
    assert names == {"c0", "c1", "c2"}, "the provider sees the other side"


def test_a_second_run_of_the_same_facts_changes_no_finding(tmp_path: Path) -> None:
    """Nothing new, nothing resolved, nothing reopened; only when it was last seen."""
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1")
        before = {f.id: (f.first_seen, f.due) for f in store.findings()}
        fleet.audit(store, fleet.customers(), run="run-2")
        after = {f.id: (f.first_seen, f.due) for f in store.findings()}
        assert after == before
        assert {f.status.value for f in store.findings()} == {"open"}


@pytest.mark.parametrize("look", ["1999", "2099"])
def test_a_look_at_one_check_in_the_middle_of_an_audit_loses_no_finding(tmp_path: Path, look: str) -> None:
    """Whatever the clock says: each failure of the audit has a finding, and its report tells of it."""
    fleet_of_one = fleet.customers(1, 6)

    class Interrupting(fleet.Silent):
        def started(self, unit: ClaimedUnit) -> None:
            if unit.resource:
                fleet.audit(store, fleet_of_one, run=f"{look}-{unit.resource}", checks=["exposure.broken"])

    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet_of_one, run="2026-whole", watcher=Interrupting())
        view = store.customer_view("c0", default_policy())
        assert view is not None
        assert view.run.id == "2026-whole"
        assert unlisted(view) == ()
        failures = [v.subject for a in view.assessments for v in a.failures]
        assert failures
        assert sorted(f.subject for f in view.findings if f.status.active) == sorted(failures)


def test_a_resource_of_another_name_at_the_same_address_gets_no_new_term(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found keeps its dates under the new name, and is not called fixed under the old one."""
    old = Resource(ResourceKind.HOST, "c0-h0", "198.51.100.2")
    facts = next(facts for n in range(99) if not_down(facts := fleet.facts_of(replace(old, id=f"n{n}"))))
    monkeypatch.setattr(fleet.Collector, "__call__", lambda *_: facts)
    (customer,) = fleet.customers(1, 0)
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, [replace(customer, resources=(old,))], run="run-1")
        before = {f.subject: (f.first_seen, f.due) for f in store.findings() if f.resource != ALL_HOSTS.id}
        fleet.audit(store, [replace(customer, resources=(replace(old, id="shop"),))], run="run-2")
        after = [finding for finding in store.findings() if finding.resource != ALL_HOSTS.id]
    assert before
    assert {f.subject: (f.first_seen, f.due) for f in after if f.resource == "shop"} == before
    assert {(f.status.value, f.retired) for f in after if f.resource != "shop"} == {("resolved", True)}
    assert {f.status.value for f in after if f.resource == "shop"} == {"open"}


def not_down(facts: Facts) -> bool:
    sweep = facts[PortSweep]
    return isinstance(sweep, PortSweep) and bool(sweep.open)


def test_a_defect_met_on_one_resource_stops_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that raises leaves that resource not assessed, by the defect's kind; the rest is in the log."""

    def raising(self, customer, resource, run, deadline, _earlier):
        if resource.id == "c1-h2":
            raise AttributeError("nobody thought of this")
        return fleet.facts_of(resource)

    monkeypatch.setattr(fleet.Collector, "__call__", raising)
    with store_at(tmp_path, "one") as store:
        fleet.audit(store, fleet.customers(), run="run-1", threads=2)
        assert_complete(store)
        (hit,) = [r for r in store.facts("run-1") if r.resource == "c1-h2"]
        assert {a.outcome.value for a in hit.assessments} == {"not_assessed"}
        assert all("defect of this program (AttributeError)" in a.reason for a in hit.assessments)


def test_a_unit_that_kills_its_worker_three_times_is_given_up(tmp_path: Path) -> None:
    """A poisoned resource must not stop the night: its checks are not assessed, with that reason."""
    one = fleet.customers(1, 1)
    chosen = fleet.planned(one)
    with store_at(tmp_path, "one") as store:
        work = [(chosen.customer[c], resources) for c, resources in chosen.work]
        store.start_run(fleet.Run("run-1", fleet.NOON, "test", "test"), chosen.digest, work, fleet.NOON)
        later = fleet.NOON
        for _ in range(3):
            assert store.claim("run-1", "a worker that hangs", fleet.timedelta(minutes=1), later)
            later += fleet.timedelta(minutes=2)
        fleet.audit(store, one, run="run-1")
        result, _ = store.facts("run-1")
        assert all("given up after 3 attempts" in a.reason for a in result.assessments)
