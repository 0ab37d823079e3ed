from __future__ import annotations

import json
from datetime import UTC, datetime, time

import pytest

from posture.inventory.load import load_inventory
from posture.inventory.problem import InventoryError
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.schedule import Blackout, Schedule, WeeklyBlackout
from posture.model.window import Window
from posture.store.encoding import CUSTOMER

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = """
customers:
  - id: bakery
    name: Bakery
    timezone: Europe/Berlin
    authorization: {reference: r, granted_by: g, valid_until: 2027-03-02T00:00:00+01:00}
    networks: [198.51.100.0/28]
    resources: [{kind: host, id: web1, address: 198.51.100.2}]
"""


def loaded(tmp_path, text):
    file = tmp_path / "customers.yaml"
    file.write_text(text)
    return load_inventory(file, NOW).customers[0]


def test_a_schedule_is_read_by_the_customers_clock_and_kept_with_a_run(tmp_path):
    customer = loaded(
        tmp_path,
        HEAD
        + """
    schedule:
      every: 7
      days: [sat, fri]
      blackouts:
        - {start: "2026-11-27T18:00", end: "2026-11-30T06:00"}
        - {start: "2026-12-24T00:00+00:00", end: "2026-12-27T00:00+00:00"}
        - {days: [fri], hours: "18:00-23:00"}
""",
    )
    assert customer.schedule == Schedule(
        7,
        (4, 5),
        (
            Blackout(datetime(2026, 11, 27, 17, tzinfo=UTC), datetime(2026, 11, 30, 5, tzinfo=UTC)),
            Blackout(datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 27, tzinfo=UTC)),
            WeeklyBlackout((4,), Window(time(18), time(23))),
        ),
    )
    assert CUSTOMER.value(CUSTOMER.text(customer)) == customer


def test_the_inventorys_own_schedule_is_for_those_without_one(tmp_path):
    usual = "schedule: {every: 3}\n" + HEAD
    assert loaded(tmp_path, usual).schedule == Schedule(3)
    assert loaded(tmp_path, usual + "    schedule: {days: [mon]}\n").schedule == Schedule(1, (0,))
    assert loaded(tmp_path, HEAD).schedule == Schedule()


def test_a_run_of_an_older_version_is_read():
    """Its customers had no schedule."""
    row = json.loads(CUSTOMER.text(load_customer()))
    del row["schedule"]
    assert CUSTOMER.value(json.dumps(row)) == load_customer()


def load_customer():
    return Customer("bakery", "Bakery", Authorization(AuthorizationMethod.CONTRACT, "r", "g", NOW, NOW))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{every: 0}", "every"),
        ("{days: [monday]}", "days"),
        ("{blackouts: [{start: 2026-11-27T18:00}]}", "write start and end, or days and hours"),
        ('{blackouts: [{start: "2026-11-27T18:00", end: "2026-11-27T17:00"}]}', "ends before it begins"),
        ('{blackouts: [{days: [fri], hours: "18:00-19:00, 20:00-21:00"}]}', "write one blackout for each"),
        ('{blackouts: [{start: "friday", end: "2026-11-27T17:00"}]}', "on the customer's clock"),
        ('{blackouts: [{start: "2026-11-27T18:00", end: "2026-11-28T17:00", days: [fri], hours: ""}]}', "no blackout"),
        ("{evry: 2}", "evry"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, line, says):
    with pytest.raises(InventoryError) as error:
        loaded(tmp_path, HEAD + f"    schedule: {line}\n")
    assert says in str(error.value)
    assert "customers.yaml:9" in str(error.value)
