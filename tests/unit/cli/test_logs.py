"""The log for programs: an object a line, whatever is said and whoever says it."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime

import pytest

from posture.cli.logs import about, json_line, to_standard_error
from posture.cli.output import note, warn
from posture.cli.progress import PlainWatcher
from posture.model.unit import ClaimedUnit

AT = datetime(2026, 11, 22, 21, tzinfo=UTC)


@pytest.fixture
def in_json(monkeypatch):
    monkeypatch.setenv("POSTURE_LOG_FORMAT", "json")
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield to_standard_error
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_a_host_said_stays_one_bounded_line_without_escapes():
    line = json_line("info", "banner \x1b[2J\u202e" + "x" * 99_999, AT, resource="\x07\n" * 9_999)
    assert "\n" not in line
    assert line.isascii()
    assert len(line) < 40_000
    said = json.loads(line)
    assert "\x1b" not in said["event"]
    assert "\u202e" not in said["event"]
    assert "\x07" not in said["resource"]


def test_nothing_that_is_said_takes_the_place_of_time_level_or_event():
    said = json.loads(json_line("info", "true", AT, time="never", level="none", event="forged", at=1))
    assert (said["time"], said["level"], said["event"]) == (AT.isoformat(), "info", "true")


def test_numbers_stay_numbers_and_what_json_has_no_word_for_is_text():
    said = json.loads(json_line("info", "x", AT, seconds=0.5, attempt=1, odd=math.nan, none=None, more={"a": b"\xff"}))
    assert (said["seconds"], said["attempt"], said["odd"], said["none"]) == (0.5, 1, "nan", None)
    assert isinstance(said["more"], str)


def test_levels_and_what_this_process_is_at_stand_in_every_line_of_every_thread(in_json, capsys):
    in_json()
    with about(night="2026-11-22", worker="one"):
        thread = threading.Thread(target=note, args=("from a thread",))
        thread.start()
        thread.join()
        warn("late", customer="cafe")
        logging.getLogger("library").error("broken")
    note("after")
    thread_said, late, library, after = told(capsys)
    assert (thread_said["night"], thread_said["worker"], thread_said["level"]) == ("2026-11-22", "one", "info")
    assert (late["level"], late["customer"]) == ("warning", "cafe")
    assert (library["level"], library["logger"], library["night"]) == ("error", "library", "2026-11-22")
    assert "night" not in after


def test_an_error_is_one_line_with_the_frames_next_to_it(in_json, capsys):
    """Of a deep stack the end is told, where the error is."""

    def deep(n):
        if n == 0:
            raise ValueError("no \x1b colon")
        deep(n - 1)

    in_json()
    try:
        deep(80)
    except ValueError:
        logging.getLogger("posture").exception("looking failed")
    (said,) = told(capsys)
    assert said["event"] == "looking failed"
    assert said["exception"].endswith(r"ValueError: no \x1b colon")
    assert said["exception"].count("in deep") <= 10
    assert "if n == 0" not in said["exception"]


def test_warnings_of_libraries_are_lines_of_the_log(in_json, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        in_json()
        warnings.warn("an old \x1b way", UserWarning, stacklevel=1)
    (said,) = told(capsys)
    assert said["level"] == "warning"
    assert "an old" in said["event"]


def test_programs_get_a_line_a_resource_also_in_a_large_night(in_json, capsys):
    """People get a hundred; who searches the log for one resource of many needs its line."""
    watcher = PlainWatcher(100_000, 0)
    unit = ClaimedUnit(7, "run-1", "bakery", "web1", 2, 3)
    watcher.started(unit)
    watcher.ended(unit)
    (said,) = told(capsys)
    expected = {"run": "run-1", "customer": "bakery", "resource": "web1", "unit": 7, "attempt": 2, "done": 1}
    assert expected.items() <= said.items()
    assert said["seconds"] >= 0


@pytest.mark.parametrize("words", [["nights", "--limit", "none"], ["nowhere"], ["nights"]], ids=" ".join)
def test_what_ends_a_command_is_an_object_too(tmp_path, words):
    ended = subprocess.run(
        [sys.executable, "-m", "posture.cli.main", "--log-format", "json", *words],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    (said,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert said["level"] == "error"
    assert said["next"]


def test_a_defect_is_an_object_with_its_place(tmp_path):
    """What no command foresaw must not break the reader of the log."""
    program = (
        "import posture.cli.main as m, click\n"
        "@click.command()\n"
        "def broken(): raise RuntimeError('unforeseen')\n"
        "m._LazyGroup.get_command = lambda *_: broken\n"
        "m.run(['--log-format', 'json', 'broken'])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 5
    (said,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert said["level"] == "error"
    assert "RuntimeError: unforeseen" in said["exception"]
