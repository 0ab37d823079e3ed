from __future__ import annotations

import fleet
import pytest

from posture.cli.progress import watching
from posture.model.unit import ClaimedUnit


def test_progress_of_a_resumed_run_counts_what_was_done_before(capfd: pytest.CaptureFixture[str]) -> None:
    """Three of four resources were done: the last one is the fourth, not the first."""
    plan = fleet.planned(fleet.customers(1, 4))
    with watching(plan, 3) as watcher:
        unit = ClaimedUnit(4, "run", "c0", "c0-h3\x1b[2J", 1, 1)
        watcher.started(unit)
        watcher.ended(unit)
    said = capfd.readouterr()
    assert "4 of 4 done" in said.err
    assert "\x1b" not in said.err
    assert said.out == ""
