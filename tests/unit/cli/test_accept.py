from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import fleet
import pytest

from posture.cli.errors import Usage
from posture.cli.findings import accept
from posture.facts.factset import COLLECTED, without
from posture.facts.host import ListeningSockets
from posture.facts.network import PortSweep, Vantage
from posture.model.finding import FindingStatus
from posture.model.resource import ResourceKind
from posture.store import open_store

NOTHING_OPEN = {
    **without("the host is down", COLLECTED[ResourceKind.HOST]),
    PortSweep: PortSweep("198.51.100.2", Vantage.OUTSIDE, "1-65535", (), 0, fleet.NOON, fleet.NOON, "nmap 7.93"),
    ListeningSockets: ListeningSockets((), True, fleet.NOON),
}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The URL of a database with the findings of one audit."""
    url = f"sqlite:///{tmp_path}/posture.db"
    with open_store(url) as store:
        fleet.audit(store, fleet.customers(1, 6), run="run-1")
    return url


def run_accept(database: str, finding: str, until: str) -> None:
    accept.main([finding, "--until", until, "--reason", "a test", "--database", database], standalone_mode=False)


def test_the_acceptance_given_last_moves_the_date(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is for the finding as it stands: its severity, and how often it had come back."""
    with open_store(database) as store:
        finding = store.findings()[0]
        for until in ("2099-12-31", "2098-01-31"):
            run_accept(database, finding.id, until)
        *_, last = store.acceptances("c0")
        view = store.customer_view("c0", fleet.default_policy())
    assert last.until.date() == datetime(2098, 1, 31, tzinfo=UTC).date()
    assert (last.severity, last.times_reopened) == (finding.severity, 0)
    assert view is not None
    assert view.acceptances == (last,)
    assert "is accepted until 31 Jan 2098" in capsys.readouterr().out


def test_what_is_resolved_is_not_accepted(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An acceptance in advance would hide what comes back; the command says so and keeps nothing."""
    with open_store(database) as store:
        monkeypatch.setattr(fleet.Collector, "__call__", lambda *_: NOTHING_OPEN)
        fleet.audit(store, fleet.customers(1, 6), run="run-2")
        finding = next(f for f in store.findings() if f.status is FindingStatus.RESOLVED)
        with pytest.raises(Usage, match="resolved"):
            run_accept(database, finding.id, "2099-12-31")
        assert store.acceptances("c0") == ()
