"""What a night came to: for the security team in the morning, and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from posture.model.finding import FindingStatus
from posture.model.night import Gist, Night, Progress, Reach, Standing
from posture.model.run import Source, SourceState, each_once
from posture.model.severity import Severity

MOST_REASONS: Final = 20
MOST_GIVEN_UP: Final = 100

ALL, FINDINGS, INCOMPLETE = 0, 1, 3  # exit codes, as posture.cli.errors.Exit has them


@dataclass(frozen=True, slots=True)
class NightSummary:
    """All that is told of one night.

    `started` is when its run was begun, `ended` when its last report was written; `zone` is the provider's clock, by
    which moments are told. `late`: customers it reached nothing of, `refused`: those who must not be contacted,
    `failed`: those without a file of their report; customer -> reason. `not_due`: reason -> number of customers.
    `given_up`: resources, as ``customer/resource``; MOST_GIVEN_UP at most. `reasons`: why checks were not assessed, the
    most frequent first, with the number of checks. `stale`: data that verdicts stood on and that was too old or
    missing. `fail_on`: the severity from which findings count for the exit code.
    """

    night: str
    run: str
    opened: datetime
    closes: datetime
    started: datetime
    ended: datetime
    units: Progress
    reach: Reach
    zone: str = "UTC"
    late: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    not_due: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    files: int = 0
    given_up: tuple[str, ...] = ()
    not_assessed: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    findings: tuple[Standing, ...] = ()
    worst: Severity | None = None
    stale: tuple[Source, ...] = ()
    fail_on: Severity | None = None

    @property
    def due(self) -> int:
        """Customers whose turn it was."""
        return self.reach.customers + len(self.late)

    @property
    def looked_at(self) -> int:
        """Resources that were looked at: done, not late and not given up."""
        return self.units.done - self.units.late - self.units.given_up

    @property
    def seconds(self) -> float:
        """From the first unit to the last report."""
        return (self.ended - self.started).total_seconds()

    @property
    def units_per_second(self) -> float:
        """Resources closed in a second, over the whole night; reports and waiting for customers' hours included."""
        return self.units.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """What was due and was not looked at, not assessed or not reported, in words; empty: nothing."""
        unfinished = self.reach.customers - self.reach.finished
        unreported = self.reach.finished - self.reach.reported
        counted = (
            (len(self.late), "customers not reached"),
            (len(self.refused), "customers must not be contacted"),
            (unfinished, "customers not finished"),
            (unreported, "reports not written"),
            (len(self.failed), "reports without a file"),
            (self.units.late, "resources late"),
            (self.units.given_up, "resources given up"),
            (self.not_assessed, "checks not assessed"),
        )
        return tuple(f"{count} {words}" for count, words in counted if count)

    @property
    def outcome(self) -> tuple[int, str]:
        """The exit code and why; findings at or above `fail_on` win over what was not assessed."""
        if self.fail_on is not None and self.worst is not None and self.worst >= self.fail_on:
            return FINDINGS, f"a finding of severity {self.worst.word}, and --fail-on is {self.fail_on.word}"
        if self.shortcomings:
            return INCOMPLETE, ", ".join(self.shortcomings)
        return ALL, "all that was due was assessed"

    def count(self, *statuses: FindingStatus, least: Severity = Severity.INFO) -> int:
        """How many findings have one of these statuses, and at least this severity."""
        return sum(s.count for s in self.findings if s.status in statuses and s.severity >= least)


@dataclass(frozen=True, slots=True)
class NightRecord:
    """What is kept of a night: `night` with its end, its units, its customers.

    `started`: when its run was begun. `gists`: what each report came to, by customer. `late`: customers whom it did not
    reach, with the reason. `given_up`: customer and resource.
    """

    night: Night
    started: datetime
    units: Progress
    reach: Reach
    gists: Mapping[str, Gist] = field(default_factory=dict)
    findings: Sequence[Standing] = ()
    late: Mapping[str, str] = field(default_factory=dict)
    given_up: Sequence[tuple[str, str]] = ()


def sum_up(record: NightRecord) -> NightSummary:
    """Add up what is known of a night."""
    night, gists = record.night, record.gists
    reasons: Counter[str] = Counter()
    for gist in gists.values():
        reasons.update(dict(gist.reasons))
    stale = each_once(source for gist in gists.values() for source in gist.stale)
    return NightSummary(
        night=night.id,
        run=night.run,
        opened=night.opened,
        closes=night.closes,
        started=record.started,
        ended=night.ended or record.started,
        units=record.units,
        reach=record.reach,
        late=dict(record.late),
        refused=dict(night.left_out.refused),
        not_due=dict(Counter(night.left_out.not_due.values()).most_common()),
        failed={customer: gist.error for customer, gist in gists.items() if gist.error},
        files=sum(gist.files for gist in gists.values()),
        given_up=tuple(f"{customer}/{resource}" for customer, resource in record.given_up),
        not_assessed=sum(gist.not_assessed for gist in gists.values()),
        reasons=tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]),
        findings=tuple(record.findings),
        worst=max((gist.worst for gist in gists.values() if gist.worst is not None), default=None),
        stale=tuple(source for source in stale if source.state is not SourceState.CURRENT),
    )
