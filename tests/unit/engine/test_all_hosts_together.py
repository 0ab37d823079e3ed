"""What all hosts of a customer come to together, when something goes wrong with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import fleet
import pytest

from posture.engine import unit
from posture.policy.load import default_policy
from posture.store import Store, open_store


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
