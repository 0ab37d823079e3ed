"""What a night came to: for the security team in the morning, and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.model.finding import FindingStatus
from posture.model.night import Gist, Night, Progress, Standing
from posture.model.severity import Severity
from posture.model.text import visible

SCHEMA = "posture.night/1"
MOST_NAMED, MOST_REASONS, REASON = 5, 8, 160


@dataclass(frozen=True, slots=True)
class NightSummary:
    """All that is told of one night; `started` is when its run was begun, `ended` when its last report was written.

    `late`: customers it reached nothing of, with the reason. `gists`: what each report came to.
    """

    night: Night
    started: datetime
    ended: datetime
    units: Progress
    late: Mapping[str, str]
    gists: Mapping[str, Gist]
    standings: Sequence[Standing]

    @property
    def not_assessed(self) -> int:
        """Checks that should have been judged and were not."""
        return sum(gist.not_assessed for gist in self.gists.values())

    @property
    def incomplete(self) -> bool:
        """Whether anything that was due was not looked at, not assessed or not reported."""
        left = self.late or self.units.late or self.units.given_up or self.night.left_out.refused
        return bool(left or self.not_assessed or self.failed)

    @property
    def failed(self) -> dict[str, str]:
        """Customers without a file of their report, and why."""
        return {customer: gist.error for customer, gist in self.gists.items() if gist.error}

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why checks were not assessed, the most frequent first."""
        counted: Counter[str] = Counter()
        for gist in self.gists.values():
            counted.update(dict(gist.reasons))
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    @property
    def worst(self) -> Severity | None:
        """The worst finding that this night's looks came to."""
        return max((gist.worst for gist in self.gists.values() if gist.worst is not None), default=None)

    def count(self, *statuses: FindingStatus, least: Severity = Severity.INFO) -> int:
        """How many findings have one of these statuses, and at least this severity."""
        return sum(s.count for s in self.standings if s.status in statuses and s.severity >= least)


def lines(summary: NightSummary) -> list[str]:
    """At most 40 lines, of which the first says whether anybody has to look."""
    night, units = summary.night, summary.units
    minutes = (summary.ended - summary.started).total_seconds() / 60
    looked = units.done - units.late
    told = [
        f"Night of {night.id}: {_verdict(summary)}",
        f"  {len(summary.gists)} customers reported, {looked} of {units.total} resources looked at, {minutes:.0f} min",
        f"  from {night.opened:%d %b %H:%M} to {night.closes:%d %b %H:%M %Z}, run {night.run}",
        "  findings: " + ", ".join(f"{n} {word}" for word, n in _findings(summary)),
    ]
    told += _people("not reached", summary.late)
    told += _people("not allowed", night.left_out.refused)
    told += _people("no report file", summary.failed)
    if units.late:
        told.append(f"  {units.late} resources of other customers were late: the night ended before their turn")
    if units.given_up:
        told.append(f"  {units.given_up} resources were given up: begun three times, never ended; see the log")
    told += _not_due(night.left_out.not_due)
    told += _reasons(summary)
    return [visible(line, 220) for line in told]


def as_json(summary: NightSummary) -> dict[str, Any]:
    """The summary for programs, schema posture.night/1."""
    night, units = summary.night, summary.units
    return {
        "schema": SCHEMA,
        "night": night.id,
        "run": night.run,
        "opened": night.opened.isoformat(),
        "closes": night.closes.isoformat(),
        "started": summary.started.isoformat(),
        "ended": summary.ended.isoformat(),
        "complete": not summary.incomplete,
        "customers": {
            "reported": len(summary.gists),
            "late": dict(summary.late),
            "refused": dict(night.left_out.refused),
            "not_due": dict(Counter(night.left_out.not_due.values())),
            "failed": summary.failed,
        },
        "units": {"total": units.total, "looked_at": units.done - units.late, "late": units.late,
                  "given_up": units.given_up},
        "checks_not_assessed": {"total": summary.not_assessed, "reasons": dict(summary.reasons[:MOST_REASONS])},
        "findings": [
            {"status": s.status.value, "severity": s.severity.word, "count": s.count} for s in summary.standings
        ],
    }  # fmt: skip


def _verdict(summary: NightSummary) -> str:
    urgent = summary.count(FindingStatus.NEW, FindingStatus.REOPENED, least=Severity.CRITICAL)
    parts = [f"{urgent} new critical findings"] if urgent else []
    parts.append("not all that was due was assessed" if summary.incomplete else "all that was due was assessed")
    return "; ".join(parts)


def _findings(summary: NightSummary) -> Iterator[tuple[str, int]]:
    for status, word in (
        (FindingStatus.NEW, "new"),
        (FindingStatus.REOPENED, "came back"),
        (FindingStatus.OPEN, "open"),
        (FindingStatus.RESOLVED, "fixed"),
        (FindingStatus.ACCEPTED, "accepted"),
    ):
        yield word, summary.count(status)


def _people(what: str, customers: Mapping[str, str]) -> Iterator[str]:
    if not customers:
        return
    yield f"  {len(customers)} customers {what}:"
    for customer, reason in sorted(customers.items())[:MOST_NAMED]:
        yield f"    {customer}: {visible(reason, REASON)}"
    if len(customers) > MOST_NAMED:
        yield f"    ... and {len(customers) - MOST_NAMED} more; posture nights ID --json names all"


def _not_due(not_due: Mapping[str, str]) -> Iterator[str]:
    if not_due:
        most, count = Counter(not_due.values()).most_common(1)[0]
        yield f"  {len(not_due)} customers not due, {count} of them: {visible(most, REASON)}"


def _reasons(summary: NightSummary) -> Iterator[str]:
    if summary.not_assessed:
        yield f"  {summary.not_assessed} checks not assessed, most often:"
        for reason, count in summary.reasons[:MOST_REASONS]:
            yield f"    {count}: {visible(reason, REASON)}"
