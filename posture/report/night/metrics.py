"""A night as OpenMetrics text, for node_exporter's textfile collector or any other reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from posture.model.night import Night, Progress, Standing


def metrics(
    night: Night, started: datetime, progress: Progress, standings: tuple[Standing, ...], now: datetime
) -> bytes:
    """The metrics of one night, under way or ended. No label names a customer: their number is bounded.

    Args:
        night: the night.
        started: when its run was begun.
        progress: its units.
        standings: the findings of its customers.
        now: the end of a night under way, as far as its length goes.
    """
    from prometheus_client import CollectorRegistry  # noqa: PLC0415  commands without metrics need none of it
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  likewise
    from prometheus_client.openmetrics.exposition import generate_latest  # noqa: PLC0415  likewise

    class Gauges:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            units = GaugeMetricFamily("posture_night_units", "Resources of the night by state.", labels=["state"])
            for state, count in _states(progress).items():
                units.add_metric([state], count)
            yield units
            findings = GaugeMetricFamily(
                "posture_findings", "Findings of the night's customers.", labels=["status", "severity"]
            )
            for one in standings:
                findings.add_metric([one.status.value, one.severity.word], one.count)
            yield findings
            for name, text, value in _values(night, started, progress, now):
                yield GaugeMetricFamily(name, text, value=value)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Gauges())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


def _states(progress: Progress) -> dict[str, int]:
    return {
        "queued": progress.queued,
        "under_way": progress.leased,
        "lapsed": progress.lapsed,
        "looked_at": progress.done - progress.late - progress.given_up,
        "late": progress.late,
        "given_up": progress.given_up,
    }


def _values(night: Night, started: datetime, progress: Progress, now: datetime) -> Iterator[tuple[str, str, float]]:
    end = night.ended or now
    yield "posture_night_opened_timestamp_seconds", "When the night opened.", night.opened.timestamp()
    yield "posture_night_closes_timestamp_seconds", "When the night closes.", night.closes.timestamp()
    yield "posture_night_duration_seconds", "How long it has taken.", (end - started).total_seconds()
    yield "posture_night_ended", "Whether its last report is written.", float(night.ended is not None)
    yield "posture_night_unfinished_customers", "Customers who are not finished.", progress.unfinished
    yield "posture_night_refused_customers", "Customers who must not be contacted.", len(night.left_out.refused)
    yield "posture_night_not_due_customers", "Customers who have another turn.", len(night.left_out.not_due)
    if night.ended is not None:
        yield "posture_night_ended_timestamp_seconds", "When the last night ended.", night.ended.timestamp()
