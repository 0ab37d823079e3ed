"""Findings as SARIF 2.1.0 (OASIS), within what GitHub's code scanning takes.

A run for each repository, whose findings stand at a path of it, and one for all other resources. What is not in a file
has a logical location; because GitHub refuses results without a physical one, the resource's name stands there as a
path. What could not be assessed is a notification of the run, with its reason: SARIF has no better place that GitHub
does not show as an alert. Passed checks are left out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from posture.model.resource import ResourceKind
from posture.model.text import visible
from posture.report.judged import Result, Row, rows
from posture.report.model import Report
from posture.report.sarif_results import result, rule, rule_ids

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RUNS = 20
MOST_RESULTS = 25_000  # a run
MOST_BYTES = 10_000_000  # compressed by gzip; GitHub says 10 MB
_FIELD = 2048
_MOST_NOTICES = 1_000


class SarifRenderer:
    """One JSON document, UTF-8."""

    format = "sarif"

    def render(self, report: Report) -> bytes:
        """The worst findings come first. What goes beyond GitHub's limits is cut from the end, and a notice says so."""
        most = MOST_RESULTS
        while True:
            whole = _bytes(_document(report, most))
            if most <= 1 or _compressed(whole) <= MOST_BYTES:
                return whole
            most = min(most, _longest(report)) // 2


def _longest(report: Report) -> int:
    return max(2, sum(row.severity is not None for row in rows(report)))


def _bytes(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _compressed(content: bytes) -> int:
    return len(content) if len(content) <= MOST_BYTES else len(gzip.compress(content, mtime=0))


def _document(report: Report, most: int) -> dict[str, Any]:
    repositories = {one.id for one in report.view.customer.resources if one.kind is ResourceKind.REPOSITORY}
    groups: dict[str, list[Row]] = {"": []}
    for row in rows(report):
        groups.setdefault(row.resource if row.resource in repositories else "", []).append(row)
    kept = list(groups.items())[:MOST_RUNS]
    left = len(groups) - len(kept)
    runs = [_run(name, some, report, most) for name, some in kept]
    if left:
        _notice(runs[0], f"GitHub takes {MOST_RUNS} runs a file: {left} repositories were left out", "warning")
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def _run(repository: str, some: Sequence[Row], report: Report, most: int) -> dict[str, Any]:
    told = sorted(
        (row for row in some if row.result in {Result.FAIL, Result.ACCEPTED, Result.REFUTED}),
        key=lambda row: (row.result is not Result.FAIL, -(row.severity or 0), row.check.id, row.id),
    )
    shown = told[:most]
    number = rule_ids(shown)
    run = report.view.run
    part = visible(repository) or "hosts-domains-accounts"
    whole: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Posture",
                "version": visible(run.posture_version),
                "rules": [rule(row, report) for row in _first_of_each(shown)],
            }
        },
        "automationDetails": {"id": f"posture/{visible(report.view.customer.id)}/{part}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "startTimeUtc": _utc(run.started),
                "endTimeUtc": _utc(run.ended or run.started),
                "toolExecutionNotifications": _not_assessed(some),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [result(row, number[row.check.id], in_file=bool(repository)) for row in shown],
        "properties": {"customer": visible(report.view.customer.id), "policy": visible(report.policy),
                       "audit": visible(run.id), "whole": run.whole},
    }  # fmt: skip
    if len(told) > len(shown):
        more = len(told) - len(shown)
        _notice(whole, f"{more} findings more than GitHub takes were left out; the JSON report has all", "warning")
    if not run.whole:
        _notice(whole, "Only a part of the checks or resources was looked at", "note")
    return whole


def _first_of_each(some: Iterable[Row]) -> list[Row]:
    first: dict[str, Row] = {}
    for row in some:
        first.setdefault(row.check.id, row)
    return list(first.values())


def _not_assessed(some: Iterable[Row]) -> list[dict[str, Any]]:
    unseen = [row for row in some if row.result is Result.NOT_ASSESSED]
    notices = [
        {
            "level": "warning",
            "descriptor": {"id": f"not-assessed/{visible(row.check.id)}"},
            "message": {"text": visible(f"Not assessed: {row.check.title} ({_on(row)}): {row.reason}", _FIELD)},
        }
        for row in unseen[:_MOST_NOTICES]
    ]
    left = len(unseen) - len(notices)
    more = f"{left} more could not be assessed; the JSON report has all"
    return notices + ([{"level": "warning", "message": {"text": more}}] if left else [])


def _on(row: Row) -> str:
    return row.resource or "all resources"


def _notice(run: dict[str, Any], text: str, level: str) -> None:
    run["invocations"][0]["toolExecutionNotifications"].append({"level": level, "message": {"text": text}})


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
