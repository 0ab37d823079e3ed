from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posture.cli.errors import Failure
from posture.cli.night_metrics import MetricsFile
from posture.model.night import Night, NightRules
from posture.model.run import Run
from posture.store.store import open_store

BEGIN = datetime(2026, 11, 22, 21, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/posture.db") as opened:
        run = Run("run-1", BEGIN, "1", "policy")
        night = Night("2026-11-22", run.id, BEGIN, BEGIN + timedelta(hours=8))
        assert opened.begin_night(night, run, [], NightRules(), BEGIN)
        yield opened


def test_metrics_that_cannot_be_written_are_told_once_and_end_no_night(store, tmp_path, capsys):
    file = MetricsFile(store, "2026-11-22", tmp_path / "gone" / "night.prom")
    file.last()
    file.last()
    told = capsys.readouterr().err
    assert told.count("the night goes on without metrics") == 1
    (tmp_path / "gone").mkdir()
    file.last()
    assert "posture_night_opened_timestamp_seconds" in (tmp_path / "gone/night.prom").read_text()


def test_who_asks_for_metrics_and_gets_none_is_told(store, tmp_path):
    """posture nights --metrics has nothing else to go on with."""
    with pytest.raises(Failure, match="cannot be written"):
        MetricsFile(store, "2026-11-22", tmp_path / "gone" / "night.prom").write()


def test_without_a_file_nothing_is_written(store, tmp_path):
    MetricsFile(store, "2026-11-22", None)()
    assert not list(tmp_path.glob("*.prom"))


def test_metrics_that_take_long_are_written_seldom(monkeypatch):
    """Of a hundred thousand resources a million findings are counted: that is not to be a sixth of the night's work."""
    clock, written = [100.0], []
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    class Slow(MetricsFile):
        def write(self):
            written.append(clock[0])
            clock[0] += 3

    keep = Slow(None, "2026-11-22", None)
    for moment in (100, 110, 140, 162, 163, 200):
        clock[0] = max(clock[0], moment)
        keep()
    assert written == [100, 163]
