"""What all hosts of a customer come to together, when something goes wrong with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fleet
import pytest

from posture.engine import unit
from posture.engine.plan import plan
from posture.engine.unit import Job, run_unit
from posture.facts.authorized_keys import AuthorizedKeys
from posture.model.finding import Finding, FindingStatus
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.sdk import FleetKeys, Severity, Verdict, check, fail, not_assessed
from posture.store import Store, open_store

KEYS = AuthorizedKeys((fleet.key_line("a", "root"),), ("root",), (), (), "", fleet.NOON)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        yield opened


@pytest.mark.parametrize("broken", ["judge_moduli", "fleet_keys"])
def test_a_defect_in_one_customers_keys_ends_nobodys_night(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    """His comparison is not assessed, by name; the log says more; the run comes to its end for everybody."""
    real = unit.fleet_keys

    def fails(customer, *rest):
        if customer.id == "c0":
            raise OverflowError("/root/secret/path: a number")
        return real(customer, *rest)

    if broken == "fleet_keys":
        monkeypatch.setattr(unit, "fleet_keys", fails)
    else:
        monkeypatch.setattr(fleet.NoAdvice, "shared_primes", lambda *_: 1 / 0)
        monkeypatch.setattr(Store, "judge_moduli", lambda _self, shared: shared({}, {}))
    with caplog.at_level(logging.ERROR):
        fleet.audit(store, fleet.customers(2, 2), run="run-1")
    for customer in ("c0", "c1"):
        view = store.customer_view(customer, default_policy(), "run-1")
        assert view is not None
        assert "/root/secret" not in repr(view)
        said = {one.reason for one in view.assessments if one.check.id == "keys.everywhere"}
        if customer == "c0" or broken == "judge_moduli":
            assert len(said) == 1
            assert "comparing the keys of all hosts failed, which is a defect of this program" in said.pop()
        else:
            assert not any("failed" in reason for reason in said)
    assert "c0/" in caplog.text


def test_facts_of_one_host_that_cannot_be_kept_end_nobodys_night(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The host's outcomes are there, the log tells the defect, and the others' facts are kept."""
    real = unit.keys_seen

    def fails(resource, facts):
        if resource.id == "c0-h0":
            raise OverflowError("a number")
        return real(resource, facts)

    monkeypatch.setattr(unit, "keys_seen", fails)
    with caplog.at_level(logging.ERROR):
        fleet.audit(store, fleet.customers(1, 2), run="run-1")
    assert "c0/c0-h0" in caplog.text
    view = store.customer_view("c0", default_policy(), "run-1")
    assert view is not None
    assert {one.resource for one in view.assessments} >= {"c0-h0", "c0-h1"}
    assert (store.last_facts("c0", "c0-h0"), store.last_facts("c0", "c0-h1") is None) == (None, False)


@check("keys.of-host", title="A host has a key", clause="4.3", severity=Severity.HIGH)
def of_host(keys: FleetKeys) -> Iterator[Verdict]:
    """A finding for each place, as those on several hosts are: of no host, and with the host's name."""
    for key in keys.keys:
        for place in key.places:
            told = {"host": place.resource, "path": place.place, "fingerprint": key.fingerprint}
            yield fail("a key", subject=f"{place.resource} {key.fingerprint}", **told)
    yield not_assessed("some host was not seen")


def test_a_host_with_a_new_name_keeps_the_terms_of_its_keys(store: Store) -> None:
    """What was found under the old name leaves with it, though the comparison has gaps, and is not called fixed."""
    day = timedelta(days=1)
    (customer,) = fleet.customers(1, 0)
    facts = {**fleet.facts_of(fleet._host("c0-h1")), AuthorizedKeys: KEYS}

    def night(number: int, name: str) -> dict[str, Finding]:
        now = fleet.NOON + number * day
        asked = replace(customer, resources=(replace(fleet._host(name), address="198.51.100.2"),))
        chosen = plan([asked], [of_host], ())
        run = Run(f"run-{number}", now, "test", "test", whole=chosen.whole)
        store.start_run(run, chosen.digest, [(chosen.customer[one], some) for one, some in chosen.work], now)
        job = Job(chosen, default_policy(), store, lambda *_: facts, fleet.NoAdvice(), lambda: now)
        while claimed := store.claim(run.id, "worker", day, now):
            assert run_unit(job, claimed)
        view = store.customer_view("c0", default_policy(), run.id)
        assert view is not None
        return {finding.subject: finding for finding in view.findings}

    first = night(1, "web1")["web1 SHA256:a"]
    both = night(2, "www")
    assert both["web1 SHA256:a"].retired
    now = both["www SHA256:a"]
    assert (now.status, now.first_seen, now.due) == (FindingStatus.OPEN, first.first_seen, first.due)
