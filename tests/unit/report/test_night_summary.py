from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from posture.cli.errors import Exit
from posture.cli.nightly import exit_code
from posture.model.finding import FindingStatus
from posture.model.night import Gist, LeftOut, Night, Progress, Standing
from posture.model.severity import Severity
from posture.report.night.metrics import metrics
from posture.report.night.summary import NightSummary, as_json, lines

BEGIN = datetime(2026, 11, 22, 21, tzinfo=UTC)
NIGHT = Night("2026-11-22", "run-1", BEGIN, BEGIN + timedelta(hours=8), ended=BEGIN + timedelta(hours=2))
GOOD = NightSummary(
    NIGHT, BEGIN, BEGIN + timedelta(hours=2), Progress(done=3), {}, {"bakery": Gist(worst=Severity.HIGH, files=4)}, ()
)


def test_a_night_that_saw_everything_says_so_in_its_first_line():
    assert lines(GOOD)[0] == "Night of 2026-11-22: all that was due was assessed"
    assert as_json(GOOD)["complete"] is True
    assert exit_code(GOOD, None) is Exit.DONE
    assert exit_code(GOOD, Severity.HIGH) is Exit.FINDINGS
    assert exit_code(GOOD, Severity.CRITICAL) is Exit.DONE


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        (replace(GOOD, late={"cafe": "the night ended"}), "1 customers not reached:"),
        (replace(GOOD, units=Progress(done=3, late=1)), "1 resources of other customers were late"),
        (replace(GOOD, units=Progress(done=3, given_up=1)), "1 resources were given up"),
        (replace(GOOD, gists={"bakery": Gist(2, (("no SSH", 2),))}), "2 checks not assessed, most often:"),
        (replace(GOOD, gists={"bakery": Gist(error="no fonts")}), "1 customers no report file:"),
        (replace(GOOD, night=replace(NIGHT, left_out=LeftOut({"cafe": "it expired"}))), "1 customers not allowed:"),
    ],
)
def test_whatever_was_not_seen_is_told_and_is_never_exit_code_0(lacking, says):
    assert any(line.strip().startswith(says) for line in lines(lacking)), lines(lacking)
    assert lines(lacking)[0].endswith("not all that was due was assessed")
    assert exit_code(lacking, None) is Exit.INCOMPLETE
    assert as_json(lacking)["complete"] is False


def test_not_being_due_is_no_shortcoming():
    weekly = replace(
        GOOD, night=replace(NIGHT, left_out=LeftOut({}, {"cafe": "every 7 nights", "shop": "every 7 nights"}))
    )
    assert exit_code(weekly, None) is Exit.DONE
    assert any("2 customers not due, 2 of them: every 7 nights" in line for line in lines(weekly))


def test_new_critical_findings_stand_in_the_first_line():
    standings = (Standing(FindingStatus.NEW, Severity.CRITICAL, 2), Standing(FindingStatus.OPEN, Severity.CRITICAL, 9))
    assert "2 new critical findings" in lines(replace(GOOD, standings=standings))[0]


def test_it_stays_short_and_harmless_whatever_there_is():
    """A night of ten thousand customers, and reasons that strangers' servers worded."""
    many = {f"c{n}": "\x1b[2J" + "x" * 9_000 for n in range(10_000)}
    gists = {name: Gist(5, tuple((f"reason {n} \x07" + "y" * 900, 1) for n in range(20))) for name in list(many)[:50]}
    told = lines(replace(GOOD, late=many, gists=gists, night=replace(NIGHT, left_out=LeftOut(many, many))))
    assert len(told) <= 40
    assert max(map(len, told)) <= 220
    assert not any(ord(character) < 32 for line in told for character in line)


def test_metrics_are_read_by_the_formats_own_parser_and_name_no_customer():
    progress = Progress(queued=5, leased=2, lapsed=1, done=10, late=3, given_up=1, unfinished=4)
    standings = (Standing(FindingStatus.OPEN, Severity.HIGH, 7),)
    night = replace(NIGHT, left_out=LeftOut({"secret-customer": "x"}, {"other": "y"}))
    text = metrics(night, BEGIN, progress, standings, BEGIN + timedelta(hours=1)).decode()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["posture_night_units", "looked_at"] == 6
    assert found["posture_night_units", "lapsed"] == 1
    assert found["posture_findings", "high", "open"] == 7
    assert found["posture_night_duration_seconds",] == 7200
    assert found["posture_night_ended",] == 1
    assert found["posture_night_refused_customers",] == 1
    assert "secret-customer" not in text


def test_a_night_under_way_has_no_end():
    text = metrics(replace(NIGHT, ended=None), BEGIN, Progress(), (), BEGIN + timedelta(hours=1)).decode()
    assert "posture_night_ended 0.0" in text
    assert "posture_night_ended_timestamp_seconds" not in text
    assert "posture_night_duration_seconds 3600.0" in text
