"""What docs/night.md shows is what the program prints, and its alerts are on metrics that there are."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from posture.model.finding import FindingStatus
from posture.model.night import BusyNetwork, Gist, LeftOut, Night, Progress, Reach, Standing, Way
from posture.model.severity import Severity
from posture.report.night import told, underway
from posture.report.night.metrics import NightSeen, metrics
from posture.report.night.summary import NightRecord, NightSummary, sum_up

DOCS = (Path(__file__).parents[3] / "docs/night.md").read_text(encoding="utf-8")
OPENED = datetime(2026, 11, 22, 21, tzinfo=UTC)
CLOSES = OPENED + timedelta(hours=8)
STARTED = OPENED + timedelta(seconds=12)
COUNTS = {
    FindingStatus.NEW: {Severity.CRITICAL: 2, Severity.HIGH: 5, Severity.LOW: 7},
    FindingStatus.OPEN: {Severity.CRITICAL: 41, Severity.HIGH: 890, Severity.MEDIUM: 2189},
    FindingStatus.RESOLVED: {Severity.CRITICAL: 3, Severity.MEDIUM: 58},
}


def shown() -> NightSummary:
    """The night of the example."""
    not_due = {
        f"c{n}": "every 7 nights; the last one that looked at all of him began on 2026-11-18" for n in range(188)
    }
    night = Night("2026-11-22", "20261122T210012Z-9f3c", OPENED, CLOSES, ended=STARTED + timedelta(minutes=431),
                  left_out=LeftOut({}, not_due))  # fmt: skip
    gists = {f"g{n}": Gist(files=4) for n in range(9_810)}
    gists["shop"] = Gist(4, (("the login auditor was refused at 198.51.100.7", 4),), files=4)
    record = NightRecord(
        night,
        STARTED,
        Progress(done=98_110, late=6),
        Reach(9_811, 9_811, 9_809, 9_811),
        gists,
        tuple(Standing(status, severity, n) for status, some in COUNTS.items() for severity, n in some.items()),
        {"cafe": "the night ended before its turn came; it is among the first next time"},
    )
    return sum_up(record)


def block(first: str) -> str:
    """The indented example that begins with these words."""
    lines = DOCS.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith(f"    {first}"))
    end = next(n for n in range(begin, len(lines)) if lines[n] and not lines[n].startswith("    "))
    return textwrap.dedent("\n".join(lines[begin:end])).strip()


def test_the_summary_shown_is_one_that_is_printed():
    printed = told.lines(replace(shown(), zone="Europe/Berlin"))
    assert block("Night of 2026-11-22:") == "\n".join(printed)


def test_the_night_under_way_shown_is_one_that_is_printed():
    begun = OPENED + timedelta(days=1)
    night = Night(
        "2026-11-23", "run", begun, begun + timedelta(hours=8), "auditor1:boot.1:4711:9", begun + timedelta(1)
    )
    seen = underway.UnderWay(
        night, begun, Progress(queued=72_997, leased=112, done=25_001, unfinished=9_811),
        Way(2, 0, begun, (BusyNetwork("198.51.100.0/24", 16, 31),)), begun + timedelta(minutes=108), "Europe/Berlin",
    )  # fmt: skip
    assert block("Night of 2026-11-23:") == "\n".join(underway.lines(seen))


def test_alerts_are_on_metrics_and_labels_that_there_are():
    """An alert on a name that nobody writes is silent for ever."""
    summary = shown()
    night = Night(summary.night, summary.run, OPENED, CLOSES)
    seen = NightSeen(night, STARTED, CLOSES, summary.units, summary.reach, Way(), 1, summary.findings, summary)
    there: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics(seen).decode()):
        for sample in family.samples:
            there.setdefault(sample.name, set()).update(sample.labels.values())
    (group,) = yaml.safe_load(block("groups:"))["groups"]
    rules = [rule["expr"] for rule in group["rules"]]
    assert len(rules) >= 5
    for rule in rules:
        names = re.findall(r"posture_\w+", rule)
        assert names, rule
        assert set(names) <= there.keys(), rule
        for name, values in re.findall(r"(posture_\w+)\{\w+!?=~?\"([^\"]+)\"\}", rule):
            assert set(values.split("|")) <= there[name], rule
        assert rule.count("(") == rule.count(")")


def test_every_metric_stands_in_the_docs():
    summary = shown()
    seen = NightSeen(Night("n", "r", OPENED, CLOSES), STARTED, CLOSES, Progress(), Reach(), Way(), last=summary)
    table = DOCS[DOCS.index("| metric |") : DOCS.index("For example:\n\n    groups:")]
    for family in text_string_to_metric_families(metrics(seen).decode()):
        last = family.name.removeprefix("posture_night").removesuffix("_timestamp_seconds")
        assert family.name in table or f"`{last}" in table or last in table, family.name
