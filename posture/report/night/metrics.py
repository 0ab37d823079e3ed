"""A night as OpenMetrics text, for node_exporter's textfile collector or any other reader.

All are gauges: a counter would have to outlive nights. No label names a customer, a host or a network: the number of
series is bounded. Units stand at the end of names, as OpenMetrics asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from posture.model.finding import FindingStatus
from posture.model.night import Night, Progress, Reach, Standing, Way
from posture.model.run import SourceState
from posture.model.severity import Severity
from posture.report.night.summary import NightSummary


@dataclass(frozen=True, slots=True)
class NightSeen:
    """A night at a moment `now`, under way or ended.

    `late_customers`: how many it did not reach at all. `last`: what the last night that ended came to, this one or one
    before it; None: none has ended yet.
    """

    night: Night
    started: datetime
    now: datetime
    units: Progress
    reach: Reach
    way: Way
    late_customers: int = 0
    findings: tuple[Standing, ...] = ()
    last: NightSummary | None = None


def metrics(seen: NightSeen) -> bytes:
    """The metrics of one night. A label's every value is there in every file, so that an alert's series never ends."""
    from prometheus_client import CollectorRegistry  # noqa: PLC0415  commands without metrics need none of it
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  likewise
    from prometheus_client.openmetrics.exposition import generate_latest  # noqa: PLC0415  likewise

    def by(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, text, labels=[label])
        for value, count in values.items():
            family.add_metric([value], count)
        return family

    class Gauges:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            yield by("posture_night_units", "Resources of the night by state.", "state", _states(seen.units))
            yield by("posture_night_customers", "Customers of the night by outcome.", "outcome", _outcomes(seen))
            findings = GaugeMetricFamily(
                "posture_findings", "Findings of the night's customers.", labels=["status", "severity"]
            )
            counts = {(one.status, one.severity): one.count for one in seen.findings}
            for status in FindingStatus:
                for severity in Severity:
                    findings.add_metric([status.value, severity.word], counts.get((status, severity), 0))
            yield findings
            if seen.last is not None:
                yield by("posture_night_stale_sources", "Old or missing data that the last night's verdicts stood on.",
                         "state", _stale(seen.last))  # fmt: skip
            for name, text, unit, value in _values(seen):
                yield GaugeMetricFamily(name, text, value=value, unit=unit)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Gauges())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


def _states(units: Progress) -> dict[str, float]:
    return {
        "queued": units.queued,
        "under_way": units.leased,
        "lapsed": units.lapsed,
        "looked_at": units.done - units.late - units.given_up,
        "late": units.late,
        "given_up": units.given_up,
    }


def _outcomes(seen: NightSeen) -> dict[str, float]:
    """Each customer counts once, so that the sum is the number of customers in the inventory."""
    reach = seen.reach
    return {
        "unfinished": reach.customers - reach.finished,
        "complete": reach.complete,
        "in_part": reach.finished - reach.complete,
        "late": seen.late_customers,
        "refused": len(seen.night.left_out.refused),
        "not_due": len(seen.night.left_out.not_due),
    }


def _stale(last: NightSummary) -> dict[str, float]:
    wanted = (SourceState.STALE, SourceState.MISSING)
    return {state.value: sum(source.state is state for source in last.stale) for state in wanted}


def _values(seen: NightSeen) -> Iterator[tuple[str, str, str, float]]:
    night, way = seen.night, seen.way
    wait = (seen.now - way.waiting_since).total_seconds() if way.waiting_since and night.ended is None else 0.0
    at, span = "seconds", "seconds"
    yield "posture_night_opened_timestamp", "When the night opened.", at, night.opened.timestamp()
    yield "posture_night_closes_timestamp", "When the night closes.", at, night.closes.timestamp()
    yield "posture_night_seen_timestamp", "When this was counted.", at, seen.now.timestamp()
    length = ((night.ended or seen.now) - seen.started).total_seconds()
    yield "posture_night_duration", "How long the night has taken so far, or took.", span, length
    yield "posture_night_ended", "Whether its last report is written.", "", float(night.ended is not None)
    yield "posture_night_workers", "Processes that hold units.", "", way.workers
    yield (
        "posture_night_leases_lapsed",
        "Leases that ran out in this night: looks that are made again.",
        "",
        way.lapsed_ever,
    )
    yield "posture_night_oldest_wait", "How long a unit that could begin has waited.", span, max(wait, 0.0)
    yield "posture_night_reports", "Customers whose report is written.", "", seen.reach.reported
    last = seen.last
    if last is None:
        return
    text = "When a night last came to its end, all reports written; what it found is another matter."
    yield "posture_night_last_success_timestamp", text, at, last.ended.timestamp()
    yield "posture_night_last_exit_code", "With which exit code: 0 all, 1 findings, 3 incomplete.", "", last.outcome[0]
    yield "posture_night_last_duration", "How long it took.", span, last.seconds
    yield "posture_night_last_checks_not_assessed", "Checks that it could not judge.", "", last.not_assessed
    yield "posture_night_last_reports_failed", "Reports without a file.", "", len(last.failed)
