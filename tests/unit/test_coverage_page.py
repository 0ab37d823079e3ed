"""docs/coverage.md says what the program does: its checks exist, and every UDP service is in its table."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint
from pathlib import Path

from posture.collect.network.confirm import protocols
from posture.collect.network.udp.table import SERVICES
from posture.engine.plugins import load
from posture.report import remediation

PAGE = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text()
REPORTS = re.findall(r"^\| ((?:scan|population)_\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
CHECK = re.compile(r"`((?:exposure|packages|mfa|keys|email)\.[a-z0-9-]+)`")


def test_every_named_check_exists() -> None:
    """A reader who looks a check up finds it."""
    known = {p.check.id for p in load(remediation.load, [EntryPoint("posture", "checks", "posture.checks")]).plugins}
    assert set(CHECK.findall(PAGE)) <= known


def test_every_report_type_is_covered_or_says_why_not() -> None:
    """One row a type: the check and the proof, or the reason."""
    assert len({name for name, *_ in REPORTS}) == len(REPORTS) >= 85
    for name, _, check, why in REPORTS:
        assert CHECK.search(check) or check == "—", name
        assert len(why) > 10, name


def test_what_is_asked_is_not_called_not_covered() -> None:
    """A TCP port with a protocol of its own is judged; what rides on the web (proxies, Exchange) is another matter."""
    asked = {str(port) for p in protocols() if p.name != "http" for port in (*p.ports, *p.tls_ports)}
    for name, where, check, _ in REPORTS:
        if check == "—" and "/tcp" in where:
            assert asked.isdisjoint(re.findall(r"\d+", where)), name


def test_the_udp_table_is_what_is_asked() -> None:
    """Port, service, requests and source, as they are in the program."""
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (str(s.port), s.name, "; ".join(request.asked for request in s.requests), s.source) for s in SERVICES
    ]
