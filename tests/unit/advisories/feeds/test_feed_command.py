from __future__ import annotations

import json

import pytest

from posture.cli.errors import Exit, Usage
from posture.cli.main import cli


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs `posture feeds …` with two feeds of this folder and nothing else; gives code and output."""
    lines = "#model_version:v1,score_date:{day}T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n"
    (tmp_path / "epss.csv").write_text(lines.format(day="2026-11-20"))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/security-support-limited").write_text("webkit2gtk sandboxed only\n")
    (tmp_path / "lists/security-support-ended.deb12").write_text("golang-1 1.0-1 2025-01-01 ended\n")
    own = tmp_path / "feeds.toml"
    own.write_text(
        "defaults = false\n"
        '[feed.epss]\nformat = "epss"\nlocation = "epss.csv"\nmax_silence = 3650\n'
        '[feed.support]\nformat = "debian-support"\nlocation = "lists"\n'
        '[feed.off]\nformat = "kev"\nlocation = "none.json"\nenabled = false\n'
    )
    monkeypatch.setenv("POSTURE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("POSTURE_FEEDS", str(own))

    def go(*arguments: str) -> tuple[int, str]:
        code = cli.main(["feeds", *arguments], prog_name="posture", standalone_mode=False) or 0
        return int(code), capsys.readouterr().out

    return go


def test_one_line_a_feed_and_what_changed(run, tmp_path):
    """Rows, the newest entry, and the difference; a second time it is unchanged."""
    code, out = run("update")
    assert code == Exit.DONE
    assert [line.partition(",")[0] for line in out.splitlines()] == ["epss: 1 rows", "support: 2 rows"]
    assert "newest 2026-11-20 00:00 UTC" in out
    assert "epss: unchanged, 1 rows" in run("update", "epss")[1]
    with (tmp_path / "epss.csv").open("a") as file:
        file.write("CVE-2026-1001,0.1,0.2\n")
    assert "epss: 2 rows (+1)" in run("update", "epss")[1]


def test_a_feed_that_fails_does_not_stop_the_others(run, tmp_path):
    """The one that fails is told with its reason, on its line and in the status; exit code 3."""
    run("update")
    (tmp_path / "epss.csv").write_bytes(b"\x1f\x8bbroken")
    code, out = run("update", "--force")
    assert code == Exit.INCOMPLETE
    assert "epss: epss.csv is damaged or cut short" in out
    assert "support: 2 rows" in out
    code, out = run("status")
    assert code == Exit.INCOMPLETE
    assert "a newer one was refused" in out


def test_as_json(run):
    """For programs: what came of each, and the state of each source."""
    code, out = run("update", "--json")
    assert code == Exit.DONE
    first = json.loads(out)[0]
    assert (first["name"], first["changed"], first["rows"], first["reason"]) == ("epss", True, 1, "")
    states = {source["name"]: source["state"] for source in json.loads(run("status", "--json")[1])}
    assert states["feed: epss"] == states["feed: support"] == "current"
    assert "feed: off" not in states


def test_another_place_this_once(run, tmp_path):
    """--from takes a file that was brought over; a relative path is from here, not from the configuration's folder."""
    other = tmp_path / "brought.csv"
    other.write_text("cve,epss\nCVE-2026-1000,0.5\nCVE-2026-1001,0.5\n")
    assert "epss: 2 rows" in run("update", "epss", "--from", str(other))[1]
    assert "epss.csv" in run("list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("update", "eps"), "no feed or kept index named eps"),
        (("update", "--from", "x"), "--from is for one feed"),
        (("update", "epss", "support", "--from", "x"), "--from is for one feed"),
        (("status", "--feeds", "none.toml"), "none.toml cannot be read"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_fetched(run, arguments, said: str):
    """Exit code 2, and what is known."""
    with pytest.raises(Usage) as caught:
        run(*arguments)
    assert said in str(caught.value)
