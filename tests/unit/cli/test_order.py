"""Which interrupted audit is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fleet
import pytest

from posture.cli import order as orders
from posture.cli.order import FRESH, Order
from posture.model.run import Run
from posture.policy.load import default_policy
from posture.store import Store, open_store

NOW = datetime(2026, 11, 22, 22, tzinfo=UTC)
Begun = Callable[..., Run]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        yield opened


@pytest.fixture
def begun(store: Store, monkeypatch: pytest.MonkeyPatch) -> Begun:
    """begun(age, hosts, rolling=False) -> the run that the command would do if it were called then."""

    def begin(age: timedelta = timedelta(0), hosts: int = 3, *, rolling: bool = False) -> Run:
        monkeypatch.setattr(orders, "utc_now", lambda: NOW - age)
        order = Order(fleet.planned(fleet.customers(2, hosts)), default_policy(), rolling=rolling)
        return orders._begun(order, store)

    return begin


def test_an_interrupted_audit_is_gone_on_with(begun: Begun, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and how much of it was done."""
    left = begun(FRESH - timedelta(minutes=1))
    assert begun().id == left.id
    said = capsys.readouterr().err
    assert "interrupted run" in said
    assert "0 of 6 resources were done" in said


def test_one_of_another_day_is_not(store: Store, begun: Begun) -> None:
    """Its facts are a day old: a report dated today must not stand on them."""
    left = begun(FRESH + timedelta(minutes=1))
    new = begun()
    assert new.id != left.id
    assert new.started == NOW
    assert store.done_units(new.id) == 0
    assert begun().id == new.id, "it is this one that the next start goes on with"


def test_one_of_other_resources_is_not(begun: Begun) -> None:
    left = begun(timedelta(minutes=1))
    assert begun(hosts=4).id != left.id


def test_a_rolling_night_is_not_gone_on_with_as_an_audit_of_all_ports(begun: Begun) -> None:
    """What was looked at in part would pass for looked at in full; the same command does go on."""
    left = begun(timedelta(minutes=1), rolling=True)
    assert begun().id != left.id
    assert begun(rolling=True).id == left.id
