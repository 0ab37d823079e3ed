"""A night's summary as JSON, posture.night/1, and back: what is kept of a night is this text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from posture.model.finding import FindingStatus
from posture.model.night import Progress, Reach, Standing
from posture.model.run import Source, SourceState
from posture.model.severity import Severity
from posture.report.night.summary import NightSummary

SCHEMA: Final = "posture.night/1"


def as_json(summary: NightSummary) -> dict[str, Any]:
    """The summary of a night that has ended, for programs. Moments have the offset of the provider's clock."""
    units = summary.units
    code, why = summary.outcome
    zone = ZoneInfo(summary.zone)
    moments = {name: getattr(summary, name).astimezone(zone).isoformat() for name in _MOMENTS}
    return {
        "schema": SCHEMA,
        "night": summary.night,
        "run": summary.run,
        "zone": summary.zone,
        **moments,
        "complete": not summary.shortcomings,
        "exit": {"code": code, "why": why, "fail_on": _word(summary.fail_on)},
        "seconds": round(summary.seconds, 1),
        "units_per_second": round(summary.units_per_second, 3),
        "customers": {
            "due": summary.due,
            **asdict(summary.reach),
            "late": dict(summary.late),
            "refused": dict(summary.refused),
            "not_due": dict(summary.not_due),
        },
        "reports": {"written": summary.reach.reported, "files": summary.files, "failed": dict(summary.failed)},
        "units": {
            "total": units.total,
            "looked_at": summary.looked_at,
            "late": units.late,
            "given_up": units.given_up,
            "named_given_up": list(summary.given_up),
        },
        "checks_not_assessed": {"total": summary.not_assessed, "reasons": dict(summary.reasons)},
        "findings": [
            {"status": s.status.value, "severity": s.severity.word, "count": s.count} for s in summary.findings
        ],
        "worst": _word(summary.worst),
        "stale": [_source(source) for source in summary.stale],
    }


def from_json(text: str) -> NightSummary | None:
    """The summary that was kept; None where the text is none, or another version's."""
    try:
        told = json.loads(text)
        return _summary(told) if told["schema"] == SCHEMA else None
    except (ValueError, KeyError, TypeError):
        return None


def _summary(told: Mapping[str, Any]) -> NightSummary:
    customers, units, reports = told["customers"], told["units"], told["reports"]
    checks = told["checks_not_assessed"]
    return NightSummary(
        night=told["night"],
        run=told["run"],
        zone=ZoneInfo(told["zone"]).key,
        **{name: datetime.fromisoformat(told[name]) for name in _MOMENTS},
        units=Progress(done=units["total"], late=units["late"], given_up=units["given_up"]),
        reach=Reach(**{name: customers[name] for name in ("customers", "finished", "complete", "reported")}),
        late=customers["late"],
        refused=customers["refused"],
        not_due=customers["not_due"],
        failed=reports["failed"],
        files=reports["files"],
        given_up=tuple(units["named_given_up"]),
        not_assessed=checks["total"],
        reasons=tuple(checks["reasons"].items()),
        findings=tuple(
            Standing(FindingStatus(one["status"]), Severity.parse(one["severity"]), one["count"])
            for one in told["findings"]
        ),
        worst=_severity(told["worst"]),
        stale=tuple(_source_of(one) for one in told["stale"]),
        fail_on=_severity(told["exit"]["fail_on"]),
    )


_MOMENTS: Final = ("opened", "closes", "started", "ended")


def _word(severity: Severity | None) -> str | None:
    return None if severity is None else severity.word


def _severity(word: str | None) -> Severity | None:
    return None if word is None else Severity.parse(word)


def _source(source: Source) -> dict[str, str | None]:
    moments = {name: at.isoformat() if at else None for name, at in _ages(source).items()}
    return {"name": source.name, "state": source.state.value, **moments, "note": source.note}


def _ages(source: Source) -> dict[str, datetime | None]:
    return {"newest": source.newest, "fetched": source.fetched}


def _source_of(told: Mapping[str, Any]) -> Source:
    ages = {name: datetime.fromisoformat(told[name]) if told[name] else None for name in ("newest", "fetched")}
    return Source(told["name"], SourceState(told["state"]), **ages, note=told["note"])
