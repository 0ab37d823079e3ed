"""A night's summary in lines: for a terminal, a journal, or the mail that cron sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from posture.model.finding import FindingStatus
from posture.model.run import Source
from posture.model.severity import Severity
from posture.model.text import visible
from posture.report.night.summary import NightSummary

MOST_LINES: Final = 40
_NAMED, _REASONS, _SOURCES = 3, 5, 3
_REASON, _LINE = 160, 220  # characters
_WORDS: Final = (
    (FindingStatus.NEW, "new"),
    (FindingStatus.REOPENED, "came back"),
    (FindingStatus.OPEN, "open"),
    (FindingStatus.RESOLVED, "fixed"),
    (FindingStatus.ACCEPTED, "accepted"),
)


def lines(summary: NightSummary) -> list[str]:
    """At most MOST_LINES lines, of which the first says whether anybody has to look. Nothing in them moves a cursor."""
    units, reach = summary.units, summary.reach
    code, why = summary.outcome
    told = [
        f"Night of {summary.night}: {_verdict(summary)}",
        f"  exit code {code}: {why}",
        (
            f"  customers: {summary.due} due, {reach.finished} finished, {len(summary.late)} late, "
            f"{len(summary.refused)} refused, {sum(summary.not_due.values())} not due"
        ),
        (
            f"  resources: {summary.looked_at} of {units.total} looked at, {units.late} late, "
            f"{units.given_up} given up; {summary.seconds / 60:.0f} min, {summary.units_per_second:.2g} a second"
        ),
        f"  reports: {reach.reported} written, {summary.files} files, {len(summary.failed)} failed",
        f"  {_span(summary)}, run {summary.run}",
        *_findings(summary),
        *_people("not reached", summary.late),
        *_people("not allowed", summary.refused),
        *_people("no report file", summary.failed),
        *_units(summary),
        *_not_due(summary.not_due),
        *_reasons(summary),
        *_stale(summary.stale),
    ]
    return [visible(line, _LINE) for line in told]


def _verdict(summary: NightSummary) -> str:
    urgent = summary.count(FindingStatus.NEW, FindingStatus.REOPENED, least=Severity.CRITICAL)
    parts = [f"{urgent} new critical findings"] if urgent else []
    parts.append("not all that was due was assessed" if summary.shortcomings else "all that was due was assessed")
    return "; ".join(parts)


def _span(summary: NightSummary) -> str:
    zone = ZoneInfo(summary.zone)

    def on_the_clock(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%a %d %b %H:%M}"

    opened, closes = on_the_clock(summary.opened), on_the_clock(summary.closes)
    started, ended = on_the_clock(summary.started), on_the_clock(summary.ended)
    return f"window {opened} to {closes}, begun {started}, ended {ended} ({summary.zone})"


def _findings(summary: NightSummary) -> Iterator[str]:
    for status, word in _WORDS:
        parts = [
            f"{count} {severity.word}"
            for severity in sorted(Severity, reverse=True)
            if (count := sum(s.count for s in summary.findings if (s.status, s.severity) == (status, severity)))
        ]
        if parts or status is FindingStatus.NEW:
            yield f"  findings {word}: {summary.count(status)}" + (f" ({', '.join(parts)})" if parts else "")


def _people(what: str, customers: Mapping[str, str]) -> Iterator[str]:
    if not customers:
        return
    yield f"  {len(customers)} customers {what}:"
    for customer, reason in sorted(customers.items())[:_NAMED]:
        yield f"    {customer}: {visible(reason, _REASON)}"
    if len(customers) > _NAMED:
        yield f"    ... and {len(customers) - _NAMED} more; posture nights ID --json names all"


def _units(summary: NightSummary) -> Iterator[str]:
    if summary.units.late:
        yield f"  {summary.units.late} resources of other customers were late: the night ended before their turn"
    if summary.units.given_up:
        named = ", ".join(summary.given_up[:_NAMED]) + (" ..." if len(summary.given_up) > _NAMED else "")
        yield f"  {summary.units.given_up} resources were given up, begun again and again without an end: {named}"


def _not_due(not_due: Mapping[str, int]) -> Iterator[str]:
    if not_due:
        most, count = max(not_due.items(), key=lambda one: one[1])
        yield f"  {sum(not_due.values())} customers not due, {count} of them: {visible(most, _REASON)}"


def _reasons(summary: NightSummary) -> Iterator[str]:
    if summary.not_assessed:
        yield f"  {summary.not_assessed} checks not assessed, most often:"
        for reason, count in summary.reasons[:_REASONS]:
            yield f"    {count}: {visible(reason, _REASON)}"


def _stale(sources: tuple[Source, ...]) -> Iterator[str]:
    if not sources:
        return
    named = [
        f"{source.name} {source.state.value}" + (f" since {source.newest:%Y-%m-%d}" if source.newest else "")
        for source in sources[:_SOURCES]
    ]
    left = f" and {len(sources) - _SOURCES} more" if len(sources) > _SOURCES else ""
    yield f"  old data: {', '.join(named)}{left}; next: posture feeds update"
