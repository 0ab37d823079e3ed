from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli.access import access
from posture.cli.errors import Usage

OLD, NEW = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43
INVENTORY = """
customers:
  - id: bakery
    name: Example Bakery
    contact: it@bakery.example
    authorization:
      {method: contract, reference: MSA-1, granted_by: Jane Doe, valid_from: 2020-01-01T00:00:00+00:00, valid_until: 2090-01-01T00:00:00+00:00}
    networks: [198.51.100.0/28]
    resources:
      - {kind: host, id: web1, address: 198.51.100.2, ssh: {user: auditor, key: "file:/etc/posture/key"}}
      - {kind: host, id: web2, address: 198.51.100.3}
      - {kind: host, id: web3, address: 198.51.100.4, ssh: {user: a, key: "file:/k", host_key: "SHA256:THIRD"}}
      - {kind: repository, id: shop, url: "file:///srv/git/shop.git"}
""".replace("THIRD", "C" * 43)  # noqa: E501


@pytest.fixture
def run(tmp_path: Path):
    (tmp_path / "customers.yaml").write_text(INVENTORY)
    database = f"--database=sqlite:///{tmp_path}/posture.db"

    def call(*words: str):
        where = [f"--inventory={tmp_path}/customers.yaml"] if words[0] == "pin" else []
        done = CliRunner().invoke(access, [*words, *where, database], catch_exceptions=True)
        if isinstance(done.exception, Usage):
            raise done.exception
        return done

    return call


def test_a_host_is_confirmed_once_and_again_and_the_history_keeps_both(run):
    """An inventory without host_key is fine: that is what the command is for."""
    assert run("pin", "bakery", "web1", OLD, NEW).exit_code == 0
    again = run("pin", "bakery", "web1", NEW)
    assert f"this replaces {OLD}, {NEW}" in again.stderr
    (now,) = json.loads(run("pins", "--json").stdout)
    assert (now["customer"], now["resource"], now["fingerprints"]) == ("bakery", "web1", [NEW])
    assert now["by"]
    assert [each["fingerprints"] for each in json.loads(run("pins", "--history", "--json").stdout)] == [
        [OLD, NEW],
        [NEW],
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("bakery", "web1", "SHA256:short"), "no SHA256 fingerprint"),
        (("bakery", "web9", NEW), "no host web9"),
        (("bakery", "shop", NEW), "no host shop"),
        (("florist", "web1", NEW), "no customer florist"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, words, expected):
    with pytest.raises(Usage, match=expected):
        run("pin", *words)


def test_a_host_that_lets_nobody_in_has_a_key_to_confirm_too(run):
    """Its bundles are signed with it: that is all its customer gives."""
    assert run("pin", "bakery", "web2", NEW).exit_code == 0


def test_a_pin_that_the_inventory_overrides_is_not_called_believed(run):
    """It is noted for later, and how it comes to count is told."""
    done = run("pin", "bakery", "web3", NEW)
    assert done.exit_code == 0
    assert "does not count while the inventory gives host_key" in done.stdout
    assert "believed" not in done.stdout


def test_pins_of_a_customer_that_nobody_knows_are_refused(run):
    """A mistyped name must not look like a customer without pins."""
    run("pin", "bakery", "web1", NEW)
    with pytest.raises(Usage, match="customer bakry"):
        run("pins", "bakry")
