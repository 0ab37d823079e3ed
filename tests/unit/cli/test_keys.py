from __future__ import annotations

import json
from pathlib import Path

import fleet
import pytest
from click.testing import CliRunner

from posture.cli.keys import keys
from posture.store import open_store


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An audit of three customers, some of which have the same keys."""
    url = f"sqlite:///{tmp_path / 'one.db'}"
    with open_store(url) as store:
        fleet.audit(store, fleet.customers(), run="run-1")
    return url


def test_the_provider_sees_who_shares_a_key(database: str) -> None:
    """Fingerprint, role, customers and hosts, as a table and as JSON."""
    shown = CliRunner().invoke(keys, ["shared", "--database", database])
    assert shown.exit_code == 0
    assert all(word in shown.stdout for word in ("SHA256:key", "authorized", "root", "c0-h", "c1-h", "c2-h"))
    (first, *_) = json.loads(CliRunner().invoke(keys, ["shared", "--json", "--database", database]).stdout)
    assert first["customers"] == len({place["customer"] for place in first["places"]}) > 1
    assert {place["role"] for place in first["places"]} == {"authorized"}


def test_no_shared_key_is_said_in_words(tmp_path: Path) -> None:
    """An empty table would leave open whether anything was compared."""
    url = f"sqlite:///{tmp_path / 'none.db'}"
    with open_store(url) as store:
        fleet.audit(store, fleet.customers(1), run="run-1")
    shown = CliRunner().invoke(keys, ["shared", "--database", url])
    assert (shown.exit_code, shown.stdout) == (0, "No two customers have the same key\n")
