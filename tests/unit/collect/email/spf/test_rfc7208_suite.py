"""The test suite of RFC 7208, every case of it."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml

from posture.collect.email.spf.check_host import Evaluation
from posture.collect.email.spf.macros import Message
from posture.collect.email.spf.names import Found

SUITE = Path(__file__).parents[4] / "data" / "spf" / "rfc7208-tests.yml"


def scenarios() -> list[Any]:
    parts = list(yaml.safe_load_all(SUITE.read_text(encoding="utf-8")))
    return [
        pytest.param(case, part["zonedata"], id=name) for part in parts for name, case in sorted(part["tests"].items())
    ]


class Zones:
    """The suite's zone data: SPF records stand for TXT where a name has no TXT, TIMEOUT for silence."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = {name.lower(): entries or [] for name, entries in data.items()}

    def __call__(self, name: str, kind: str) -> Found:
        for _ in range(10):
            entries = self.data.get(name.lower(), [])
            if "TIMEOUT" in entries and set(self._of(entries, kind)) <= {"NONE"}:
                return Found(failed="no answer")
            alias = self._of(entries, "CNAME")
            if not alias:
                return self._found(entries, kind)
            name = alias[0]
        return Found(failed="a circle")

    def _found(self, entries: list[Any], kind: str) -> Found:
        values = self._of(entries, kind)
        if kind == "TXT" and not values:
            values = self._of(entries, "SPF")
        if "TIMEOUT" in values:
            return Found(failed="no answer")
        if kind == "TXT":
            return Found(
                tuple("".join(value) if isinstance(value, list) else value for value in values if value != "NONE")
            )
        if kind == "MX":
            return Found(tuple(exchange for _, exchange in sorted(values)))
        return Found(tuple(str(value) for value in values))

    @staticmethod
    def _of(entries: list[Any], kind: str) -> list[Any]:
        return [entry[kind] for entry in entries if isinstance(entry, dict) and kind in entry]


@pytest.mark.parametrize(("case", "zones"), scenarios())
def test_a_case_of_the_suite_has_a_result_that_it_allows(case: dict[str, Any], zones: dict[str, Any]):
    """Sender, greeting and address against the case's zone."""
    sender = case["mailfrom"] or f"postmaster@{case['helo']}"
    if "@" not in sender:
        sender = f"postmaster@{sender}"
    run = Evaluation(Zones(zones), Message(ip_address(case["host"]), sender, case["helo"]))
    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert run.result(sender.rpartition("@")[2]).value in allowed, run.why
