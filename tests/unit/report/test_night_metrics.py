"""A night's metrics, read back by the format's own parser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as read_as_text_format

from posture.model.finding import FindingStatus
from posture.model.night import BusyNetwork, Gist, LeftOut, Night, Progress, Reach, Standing, Way
from posture.model.run import Source, SourceState
from posture.model.severity import Severity
from posture.report.night.metrics import NightSeen, metrics
from posture.report.night.summary import NightRecord, sum_up

BEGIN = datetime(2026, 11, 22, 21, tzinfo=UTC)
NIGHT = Night("2026-11-22", "run-1", BEGIN, BEGIN + timedelta(hours=8),
              left_out=LeftOut({"secret-customer": "x"}, {"other": "y"}))  # fmt: skip
SEEN = NightSeen(
    night=NIGHT,
    started=BEGIN,
    now=BEGIN + timedelta(hours=1),
    units=Progress(queued=5, leased=2, lapsed=1, done=10, late=3, given_up=1, unfinished=4),
    reach=Reach(customers=9, finished=5, complete=3, reported=2),
    way=Way(2, 7, BEGIN, (BusyNetwork("198.51.100.0/24", 2, 3),)),
    late_customers=1,
    findings=(Standing(FindingStatus.OPEN, Severity.HIGH, 7),),
)


def told(seen, read=text_string_to_metric_families):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in read(metrics(seen).decode())
        for sample in family.samples
    }


def ended(hours=2):
    """What the night came to after so many hours."""
    gists = {
        "a": Gist(5, (("no SSH", 5),), error="no fonts"),
        "b": Gist(stale=(Source("debian", SourceState.STALE),)),
    }
    night = replace(NIGHT, ended=BEGIN + timedelta(hours=hours))
    return sum_up(NightRecord(night, BEGIN, Progress(done=10), Reach(9, 9, 9, 9), gists))


def test_units_customers_and_findings_are_counted_by_what_became_of_them():
    found = told(SEEN)
    states = ("queued", "under_way", "lapsed", "looked_at", "late", "given_up")
    assert [found["posture_night_units", state] for state in states] == [5, 2, 1, 6, 3, 1]
    outcomes = ("unfinished", "complete", "in_part", "late", "refused", "not_due")
    assert [found["posture_night_customers", outcome] for outcome in outcomes] == [4, 3, 2, 1, 1, 1]
    assert found["posture_findings", "high", "open"] == 7
    assert found["posture_findings", "critical", "new"] == 0, "a series that is missing is no zero to an alert"


def test_a_night_under_way_tells_how_long_it_has_taken_and_what_waits():
    found = told(SEEN)
    assert found["posture_night_duration_seconds",] == 3600
    assert found["posture_night_oldest_wait_seconds",] == 3600
    assert found["posture_night_leases_lapsed",] == 7
    assert found["posture_night_workers",] == 2
    assert found["posture_night_ended",] == 0
    assert ("posture_night_last_success_timestamp_seconds",) not in found, "no night has ended yet"


def test_while_a_night_is_under_way_the_one_before_is_still_told():
    """Else the alert on a night that did not end would fall silent for as long as the next one takes."""
    found = told(replace(SEEN, last=ended()))
    assert found["posture_night_ended",] == 0
    assert found["posture_night_last_success_timestamp_seconds",] == (BEGIN + timedelta(hours=2)).timestamp()
    assert found["posture_night_last_exit_code",] == 3
    assert found["posture_night_last_duration_seconds",] == 7200
    assert found["posture_night_last_checks_not_assessed",] == 5
    assert found["posture_night_last_reports_failed",] == 1
    assert found["posture_night_stale_sources", "stale"] == 1
    assert found["posture_night_stale_sources", "missing"] == 0


def test_a_night_that_has_ended_grows_no_longer_and_waits_for_nothing():
    night = replace(NIGHT, ended=BEGIN + timedelta(minutes=30))
    found = told(replace(SEEN, night=night))
    assert found["posture_night_duration_seconds",] == 1800
    assert found["posture_night_oldest_wait_seconds",] == 0


@pytest.mark.parametrize("seen", [SEEN, replace(SEEN, last=ended())], ids=["under way", "after another"])
def test_no_label_names_a_customer_or_a_network_and_every_metric_is_explained(seen):
    text = metrics(seen).decode()
    assert "secret-customer" not in text
    assert "198.51.100" not in text
    assert text.endswith("# EOF\n")
    for family in text_string_to_metric_families(text):
        assert family.documentation.endswith("."), family.name
        assert family.name.endswith(family.unit)
        assert re.fullmatch(r"posture_[a-z_]+", family.name)
    labels = {label for family in text_string_to_metric_families(text) for s in family.samples for label in s.labels}
    assert labels == {"state", "outcome", "status", "severity"}


def test_node_exporter_reads_it_too():
    """Its textfile collector reads the older text format; gauges are the same in both."""
    seen = replace(SEEN, last=ended())
    assert told(seen, read_as_text_format) == told(seen)
