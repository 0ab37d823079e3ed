"""What a worker makes sure of before it takes a unit: it refuses, and says what to do, rather than be quietly wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import fleet
import pytest
from owner import as_owner
from sqlalchemy import text
from worker_world import begin, ended, now

from posture.cli.errors import Usage
from posture.cli.night_lead import NightOrder, carry_out_night
from posture.cli.night_reports import Desk
from posture.cli.worker_duty import Duty, carry_out
from posture.engine.clock import Clock, utc_now
from posture.execute.procrastinate_schema import NoQueue, require
from posture.inventory.load import load_inventory
from posture.model.night import NightRules
from posture.policy.load import default_policy
from posture.store import Store, open_store

DUTY = Duty("", default_policy(), threads=1, queue=False, until_done="run-1")


@pytest.fixture
def night_url(postgresql) -> str:
    return postgresql.new("posture_0")


@pytest.fixture
def night_store(night_url: str) -> Iterator[Store]:
    with open_store(night_url) as opened:
        begin(opened, fleet.customers(1, 1))
        yield opened


def refusal(url: str, clock: Clock = utc_now, **duty: object) -> Usage:
    """What a worker of that duty says; it must not have taken anything."""

    def never(*_: object):
        raise AssertionError("it took a unit")

    with pytest.raises(Usage) as refused:
        carry_out(replace(DUTY, database=url, **duty), lambda *_: never, clock)
    return refused.value


def test_sqlite_is_for_threads(tmp_path: Path) -> None:
    """And no file is left behind."""
    said = refusal(f"sqlite:///{tmp_path}/one.db")
    assert "workers need PostgreSQL" in said.message
    assert "--executor threads" in said.step
    assert not list(tmp_path.iterdir())


@pytest.mark.postgresql
@pytest.mark.parametrize("seconds", [-40, 40])
def test_a_clock_that_is_off_is_refused(night_url: str, night_store: Store, seconds: int) -> None:
    """A lease of the others would be over too early, or its own too late."""
    said = refusal(night_url, lambda: utc_now() + timedelta(seconds=seconds))
    assert "differs from the database server's by 40 seconds" in said.message
    assert "chrony" in said.step


@pytest.mark.postgresql
@pytest.mark.parametrize("seconds", [-40, 40])
def test_a_night_is_not_led_by_a_clock_that_is_off(
    night_url: str, night_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """The lead of a leader that lives would be taken too early, or customers be asked outside their hours."""
    monkeypatch.setattr("posture.cli.night_lead.utc_now", lambda: utc_now() + timedelta(seconds=seconds))
    desk = Desk(tmp_path, ("json",), default_policy())
    with pytest.raises(Usage) as refused:
        carry_out_night(NightOrder(None, tmp_path / "customers.yaml", night_url, NightRules(), desk))
    assert "differs from the database server's by 40 seconds" in refused.value.message
    assert {night.holder for night in night_store.nights(9)} == {""}


@pytest.mark.postgresql
def test_another_policy_than_the_nights_is_refused(night_url: str, night_store: Store) -> None:
    """Findings would depend on which machine looked."""
    said = refusal(night_url, policy=replace(default_policy(), version="another"))
    assert "held against another policy" in said.message
    assert "--policy" in said.step


@pytest.mark.postgresql
@pytest.mark.parametrize(("revision", "says"), [("0009", "posture db upgrade"), ("9999", "newer version")])
def test_another_schema_is_refused(night_url: str, night_store: Store, revision: str, says: str) -> None:
    """Before an upgrade and after it: a worker changes no table's shape."""
    with as_owner(night_store) as connection:
        connection.execute(text("UPDATE posture_revision SET version_num = :to"), {"to": revision})
    assert says in refusal(night_url).message


@pytest.mark.postgresql
def test_a_database_without_the_queue_is_refused(night_url: str, night_store: Store) -> None:
    """With the way to do without it."""
    said = refusal(night_url, queue=True, until_done=None)
    assert "has no queue for workers yet" in said.message
    assert "posture db upgrade" in said.step
    assert "--no-queue" in said.step


def test_where_the_extra_is_missing_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the database is asked."""
    monkeypatch.setitem(sys.modules, "procrastinate.schema", None)
    with pytest.raises(NoQueue) as missing:
        require("postgresql://nobody@nowhere.example/none")
    assert missing.value.step == "pip install 'coma-posture[distributed]'"


INVENTORY = """
customers:
  - id: bakery
    name: Example Bakery GmbH
    contact: it@bakery.example
    timezone: Europe/Berlin
    authorization:
      {method: contract, reference: MSA-7.1, granted_by: Jane Doe, valid_from: 2026-03-02T00:00:00+01:00,
       valid_until: 2036-03-02T00:00:00+01:00}
    networks: [198.51.100.0/28]
    resources:
      - {kind: accounts, id: staff, source: csv, path: STAFF}
"""


@pytest.mark.postgresql
def test_the_command_itself_looks_at_real_resources_until_the_run_has_ended(postgresql, tmp_path: Path) -> None:
    """posture worker --until-done, with the product's own collectors."""
    staff, file = tmp_path / "staff.csv", tmp_path / "customers.yaml"
    staff.write_text("user,admin,mfa\nalice,yes,no\n")
    file.write_text(INVENTORY.replace("STAFF", str(staff)))
    url = postgresql.new("posture_0")
    with open_store(url) as store:
        begin(store, load_inventory(file, now()).customers)
        command = [sys.executable, "-m", "posture.cli.main", "worker", "--until-done", "run-1", "--threads", "2"]
        places = {f"POSTURE_{name}": str(tmp_path / name.lower()) for name in ("DATA", "CACHE")}
        done = subprocess.run(
            command,
            check=False,
            env={**os.environ, **places, "POSTURE_DATABASE": url},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "unit done customer=bakery resource=staff run=run-1 unit=1 attempt=1" in done.stderr
        assert not done.stdout
        assert ended(store)
        outcomes = [a for row in store.facts("run-1") for a in row.assessments if row.resource == "staff"]
        assert outcomes
