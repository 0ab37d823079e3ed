"""Hours of customers and rolling nights, on the command line; nothing here sends a packet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

CUSTOMERS = """\
customers:
  - id: bakery
    name: Example Bakery GmbH
    timezone: UTC
    window: {window}
    rate: 2000
    authorization: {{reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2099-03-02T00:00:00+01:00}}
    networks: [198.51.100.0/28]
    resources: [{{kind: host, id: web1, address: 198.51.100.2}}]
  - id: butcher
    name: Example Butcher GmbH
    authorization: {{reference: MSA-8, granted_by: Jane Doe, valid_until: 2099-03-02T00:00:00+01:00}}
    resources: [{{kind: domain, id: butcher.example}}]
"""


@pytest.fixture
def opens(tmp_path: Path) -> str:
    """The hour at which the bakery's window opens: two hours from now, for one hour."""
    start = datetime.now(UTC) + timedelta(hours=2)
    window = f"{start:%H:%M}-{start + timedelta(hours=1):%H:%M}"
    (tmp_path / "customers.yaml").write_text(CUSTOMERS.format(window=window))
    return f"{start:%Y-%m-%dT%H:%M}+00:00"


def test_an_audit_outside_the_window_is_exit_four(posture, tmp_path: Path, opens: str) -> None:
    """Nothing is sent, no database is made, and it says when the window opens."""
    done = posture("audit", "bakery")
    assert done.returncode == 4, done.stderr
    assert f"opens next at {opens}" in done.stderr
    assert "nothing was sent" in done.stderr
    assert not (tmp_path / "posture.db").exists()


def test_of_two_customers_the_one_outside_its_window_is_not_assessed(posture, opens: str) -> None:
    """The other's audit goes on; the reason is in the summary, and the log knows a refusal and no contact."""
    done = posture("audit", "--format", "json")
    assert done.returncode == 3, done.stderr
    assert f"opens next at {opens}" in done.stdout
    assert "not assessed this time: bakery" in done.stderr
    rows = [row for row in posture("log").stdout.splitlines()[1:] if " bakery " in row]
    assert len(rows) == 1
    assert "refused" in rows[0]


def test_a_dry_run_tells_the_hours_the_rate_and_a_rolling_night(posture, tmp_path: Path, opens: str) -> None:
    """Also outside the window, which it says; and no database comes of it."""
    done = posture("audit", "--dry-run", "--ports", "rolling")
    assert done.returncode == 0, done.stderr
    for part in (
        "only in the window",
        "nothing would be sent now: bakery: outside the window",
        "2,000 packets per second",
        "all TCP ports tonight: nothing is known of this host's ports yet",
        "<all other ports of 1-65535>",
    ):
        assert part in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"customers.yaml"}
