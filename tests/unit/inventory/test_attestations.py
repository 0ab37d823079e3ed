"""What a customer attests stands in the inventory, with a topic, a person and a day that has come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from posture.inventory.load import load_inventory
from posture.inventory.problem import InventoryError
from posture.model.attestation import Attestation, Topic

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEXT = """customers:
  - id: bakery
    name: Example Bakery GmbH
    authorization: {{reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2027-03-02T00:00:00+01:00}}
    attestations: [{{topic: {topic}, statement: "{statement}", attested_by: Jane Doe, at: {at}}}]
    resources: [{{kind: domain, id: bakery.example}}]
"""


def load(folder: Path, topic: str = "consent", statement: str = "Double opt-in", at: str = "2026-11-02"):
    file = folder / "customers.yaml"
    file.write_text(TEXT.format(topic=topic, statement=statement, at=at))
    return load_inventory(file, NOW)


def test_an_attestation_is_read(tmp_path):
    """A customer with domains only needs no networks, and says what nobody can see."""
    (customer,) = load(tmp_path).customers
    assert customer.attestations == (Attestation(Topic.CONSENT, "Double opt-in", "Jane Doe", date(2026, 11, 2)),)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": "2026-12-24"}, "has not come yet"),
        ({"at": "last week"}, "is no date"),
        ({"at": "2026-11-31"}, "is no date"),
        ({"topic": "honesty"}, "suppression-list"),
        ({"statement": ""}, "statement"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path, changed, said):
    """Days to come, unknown topics and empty words are mistakes in line 5."""
    with pytest.raises(InventoryError) as refused:
        load(tmp_path, **changed)
    assert "customers.yaml:5" in str(refused.value)
    assert said in str(refused.value)
