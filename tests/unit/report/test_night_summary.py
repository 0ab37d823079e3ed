from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from posture.model.finding import FindingStatus
from posture.model.night import Gist, LeftOut, Night, Progress, Reach, Standing
from posture.model.run import Source, SourceState
from posture.model.severity import Severity
from posture.report.night.json_ import as_json, from_json
from posture.report.night.summary import NightRecord, sum_up
from posture.report.night.told import MOST_LINES, lines

BEGIN = datetime(2026, 11, 22, 21, tzinfo=UTC)
NIGHT = Night("2026-11-22", "run-1", BEGIN, BEGIN + timedelta(hours=8), ended=BEGIN + timedelta(hours=2))
ALL = {
    "night": NIGHT,
    "started": BEGIN,
    "units": Progress(done=3),
    "reach": Reach(1, 1, 1, 1),
    "gists": {"bakery": Gist(worst=Severity.HIGH, files=4)},
    "findings": (),
    "late": {},
}


def summary(**other):
    return sum_up(NightRecord(**{**ALL, **other}))


def test_a_night_that_saw_everything_says_so_in_its_first_line():
    good = summary()
    assert lines(good)[0] == "Night of 2026-11-22: all that was due was assessed"
    assert as_json(good)["complete"] is True
    assert good.outcome[0] == 0
    assert replace(good, fail_on=Severity.HIGH).outcome == (1, "a finding of severity high, and --fail-on is high")
    assert replace(good, fail_on=Severity.CRITICAL).outcome[0] == 0


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        ({"late": {"cafe": "the night ended"}}, "1 customers not reached:"),
        ({"units": Progress(done=3, late=1)}, "1 resources of other customers were late"),
        ({"units": Progress(done=3, given_up=1), "given_up": [("cafe", "web1")]}, ("1 resources were given up, begun "
         "again and again without an end: cafe/web1")),
        ({"gists": {"bakery": Gist(2, (("no SSH", 2),))}}, "2 checks not assessed, most often:"),
        ({"gists": {"bakery": Gist(error="no fonts")}}, "1 customers no report file:"),
        ({"night": replace(NIGHT, left_out=LeftOut({"cafe": "it expired"}))}, "1 customers not allowed:"),
        ({"reach": Reach(2, 1, 1, 1)}, "exit code 3: 1 customers not finished"),
        ({"reach": Reach(2, 2, 2, 1)}, "exit code 3: 1 reports not written"),
    ],
)  # fmt: skip
def test_whatever_was_not_seen_is_told_and_is_never_exit_code_0(lacking, says):
    told = summary(**lacking)
    assert any(line.strip().startswith(says) for line in lines(told)), lines(told)
    assert lines(told)[0].endswith("not all that was due was assessed")
    assert told.outcome[0] == 3
    assert as_json(told)["complete"] is False


def test_not_being_due_is_no_shortcoming():
    weekly = summary(night=replace(NIGHT, left_out=LeftOut({}, {"cafe": "every 7 nights", "shop": "every 7 nights"})))
    assert weekly.outcome[0] == 0
    assert any("2 customers not due, 2 of them: every 7 nights" in line for line in lines(weekly))


def test_new_critical_findings_stand_in_the_first_line_and_all_by_severity_below():
    findings = (Standing(FindingStatus.NEW, Severity.CRITICAL, 2), Standing(FindingStatus.OPEN, Severity.CRITICAL, 9),
                Standing(FindingStatus.OPEN, Severity.LOW, 3))  # fmt: skip
    told = lines(summary(findings=findings))
    assert "2 new critical findings" in told[0]
    assert "  findings new: 2 (2 critical)" in told
    assert "  findings open: 12 (9 critical, 3 low)" in told


def test_moments_are_told_by_the_providers_clock_in_summer_and_winter():
    berlin = replace(summary(), zone="Europe/Berlin")
    assert "window Sun 22 Nov 22:00 to Mon 23 Nov 06:00" in "\n".join(lines(berlin))
    assert as_json(berlin)["opened"] == "2026-11-22T22:00:00+01:00"
    summer = replace(berlin, opened=BEGIN.replace(month=7))
    assert as_json(summer)["opened"] == "2026-07-22T23:00:00+02:00"


def test_how_much_was_done_in_a_second_and_which_data_was_old_is_told():
    old = Source("debian", SourceState.STALE, newest=BEGIN - timedelta(days=9))
    gists = {"bakery": Gist(stale=(old,)), "cafe": Gist(stale=(old, Source("osv", SourceState.MISSING)))}
    told = summary(gists=gists, units=Progress(done=7200))
    assert as_json(told)["units_per_second"] == 1.0
    assert "  old data: debian stale since 2026-11-13, osv missing; next: posture feeds update" in lines(told)


def test_what_is_kept_of_a_night_is_told_again_as_it_was():
    """To the letter: what is told months later must not depend on what the database holds by then."""
    old = Source("debian", SourceState.STALE, newest=BEGIN)
    full = replace(
        summary(
            units=Progress(done=9, late=2, given_up=1),
            late={"cafe": "the night ended"},
            gists={"bakery": Gist(2, (("no SSH", 2),), Severity.LOW, 3, "no fonts", (old,))},
            findings=(Standing(FindingStatus.NEW, Severity.CRITICAL, 2),),
            night=replace(NIGHT, left_out=LeftOut({"gone": "it expired"}, {"shop": "every 7 nights"})),
            given_up=[("cafe", "web1")],
        ),
        zone="Europe/Berlin",
        fail_on=Severity.HIGH,
    )
    again = from_json(json.dumps(as_json(full)))
    assert again == full
    assert as_json(again) == as_json(full)
    assert lines(again) == lines(full)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"schema": "posture.night/2"}', '{"schema": "posture.night/1"}', "{"]
)
def test_what_is_no_summary_is_none(text):
    assert from_json(text) is None


def test_it_stays_short_and_harmless_whatever_there_is():
    """A night of ten thousand customers, and reasons that strangers' servers worded."""
    many = {f"c{n}": "\x1b[2J" + "x" * 9_000 for n in range(10_000)}
    worst = Gist(5, tuple((f"reason {n} \x07" + "y" * 900, 1) for n in range(20)), Severity.LOW, 0, "\x1b" * 99)
    stale = tuple(Source(f"feed {n} \x1b" + "z" * 900, SourceState.STALE) for n in range(20))
    told = lines(
        summary(
            late=many,
            gists=dict.fromkeys(list(many)[:50], replace(worst, stale=stale)),
            night=replace(NIGHT, left_out=LeftOut(many, many)),
            units=Progress(done=9, late=3, given_up=3),
            given_up=[("c" * 900, "\x1b" * 900)] * 50,
            findings=[Standing(status, severity, 1) for status in FindingStatus for severity in Severity],
        )
    )
    assert len(told) <= MOST_LINES
    assert max(map(len, told)) <= 221
    assert not any(ord(character) < 32 for line in told for character in line)
