"""A repository may have several files of one advisory: nothing that one of them says is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posture.advisories.feeds.config import Feed
from posture.advisories.feeds.update import update_feed

ADVISORY = Path(__file__).resolve().parents[3] / "data/advisories/osv/ALSA-2024_8127.json"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def built(tmp_path):
    """Builds a feed of records in a file each; gives the feed's head, its lines and its advisories."""

    def build(*records):
        for number, record in enumerate(records):
            folder = tmp_path / f"almalinux{number}"
            folder.mkdir(exist_ok=True)
            (folder / ADVISORY.name).write_text(json.dumps(record))
        done = update_feed(Feed("alma", "osv", (str(tmp_path),)), tmp_path / "cache", NOW)
        with closing(sqlite3.connect(tmp_path / "cache/alma.feed.sqlite")) as kept:
            lines = kept.execute("SELECT ecosystem, name, fixed_text FROM affected").fetchall()
            return done.head, sorted(lines), kept.execute("SELECT severity, cves, modified FROM advisory").fetchall()

    return build


@pytest.fixture
def advisory():
    """As the repository has it, in a file for each release: two packages, cut from forty-six."""
    return json.loads(ADVISORY.read_text())


def _of(advisory, release):
    return [each for each in advisory["affected"] if each["package"]["ecosystem"] == release]


def test_the_same_file_twice_counts_once(advisory, built):
    """As AlmaLinux has it: every file says all of it."""
    head, lines, _ = built(advisory, advisory)
    assert head.rows == {"AlmaLinux:8": 2, "AlmaLinux:9": 2}
    assert (len(lines), head.refused) == (4, 0)


def test_each_release_in_a_file_of_its_own(advisory, built):
    """What only the second file says is there as well, with the worse severity, all CVEs and the newest date."""
    first = {**advisory, "affected": _of(advisory, "AlmaLinux:8"), "related": ["CVE-2024-21208"]}
    later = {"affected": _of(advisory, "AlmaLinux:9"), "summary": "Critical: java", "modified": "2024-11-01T00:00:00Z"}
    second = {**advisory, **later, "related": ["CVE-2024-21235", "CVE-2024-21208"]}
    head, lines, [(severity, cves, modified)] = built(first, second)
    assert head.rows == {"AlmaLinux:8": 2, "AlmaLinux:9": 2}
    assert len(lines) == 4
    assert cves == "CVE-2024-21208 CVE-2024-21235"
    assert modified.startswith("2024-11-01")
    assert severity == built(second)[2][0][0] is not None


def test_another_fix_of_the_same_package_stays_beside_the_first(advisory, built):
    """Two ranges of one package are two lines."""
    other = json.loads(json.dumps(advisory))
    other["affected"][0]["ranges"][0]["events"][1]["fixed"] = "1:21.0.6.0.7-1.el8"
    head, lines, _ = built(advisory, other)
    assert head.rows["AlmaLinux:8"] == 3
    assert {fixed for ecosystem, name, fixed in lines if (ecosystem, name) == ("AlmaLinux:8", "java-21-openjdk")} == {
        "1:21.0.5.0.10-3.el8.alma.1",
        "1:21.0.6.0.7-1.el8",
    }


def test_one_that_is_withdrawn_in_one_file_counts_and_is_told(advisory, built):
    """It is not gone in silence."""
    head, lines, _ = built(advisory, {**advisory, "withdrawn": "2024-12-01T00:00:00Z"})
    assert (len(lines), head.refused) == (4, 1)
