"""A report of a rolling night says so: how many ports were looked at, and how old the rest of what it says is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from posture.model.coverage import PortsSeen
from posture.report.json_ import JsonRenderer, schema
from posture.report.language import language
from posture.report.ports import ports_looked_at, seen_from
from posture.report.renderers import renderer

ENGLISH = language("en")

NOW = datetime(2026, 11, 22, 22, tzinfo=UTC)


def seen(resource: str, ports: int = 4_812, days: float = 12.6, source: str = "") -> PortsSeen:
    return PortsSeen(resource, ports, 65_535, NOW, NOW - timedelta(days=days), source)


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([], ""),
        ([seen("web1", 65_535, 0)], ""),
        ([seen("web1")], "web1: 4,812 ports were looked at this time; all 65,535 within the last 13 days"),
        (
            [seen("web1"), seen("web2", 5_001, 0.5), seen("web3", 65_535, 0)],
            "web1 and web2: 4,812 to 5,001 ports each were looked at this time; all 65,535 within the last 13 days",
        ),
    ],
)
def test_one_sentence_for_the_hosts_that_were_looked_at_in_part(hosts, said) -> None:
    """Nothing is said where everything was looked at."""
    assert ports_looked_at(hosts, ENGLISH) == said


def test_it_stands_in_the_report_and_in_the_json(made, report_of) -> None:
    """The document keeps to its published schema, with the moment no look is older than."""
    report = report_of(made.make_view(ports=(seen("web1"), seen("web2", 65_535, 0))))
    assert "4,812 ports were looked at this time" in renderer("html").render(report).decode()
    document = json.loads(JsonRenderer().render(report))
    jsonschema.validate(document, schema())
    rows = document["run"]["ports"]
    assert [(row["resource"], row["looked_at"], row["of"]) for row in rows] == [
        ("web1", 4812, 65535),
        ("web2", 65535, 65535),
    ]
    assert datetime.fromisoformat(rows[0]["oldest"]) == NOW - timedelta(days=12.6)


def test_the_addresses_to_let_through_are_named(made, report_of) -> None:
    """Each once, IPv4 first; loopback is nothing that a firewall lets through. Old runs did not store theirs."""
    sources = ("2001:db8::7", "198.51.100.2", "198.51.100.2", "127.0.0.1", "")
    hosts = tuple(seen(f"web{n}", 65_535, 0, source) for n, source in enumerate(sources))
    said = "the auditor's machine vm, addresses 198.51.100.2 and 2001:db8::7"
    assert seen_from("the auditor's machine vm", hosts, ENGLISH) == said
    assert seen_from("the auditor's machine vm", hosts[3:], ENGLISH) == "the auditor's machine vm"
    report = report_of(made.make_view(vantage="the auditor's machine vm", ports=hosts))
    assert "198.51.100.2 and 2001:db8::7" in renderer("html").render(report).decode()
    document = json.loads(JsonRenderer().render(report))
    jsonschema.validate(document, schema())
    assert [row["from"] for row in document["run"]["ports"]] == [*sources[:4], None]
