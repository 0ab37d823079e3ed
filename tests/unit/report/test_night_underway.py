from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from posture.model.night import BusyNetwork, Night, Progress, Way
from posture.report.night.underway import UnderWay, as_json, lines, state

BEGIN = datetime(2026, 11, 22, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = Night("2026-11-22", "run-1", BEGIN, BEGIN + 8 * HOUR, "auditor1:boot.1:4711:99", BEGIN + 2 * HOUR)
SEEN = UnderWay(
    NIGHT, BEGIN, Progress(queued=70, leased=5, done=25, unfinished=9),
    Way(2, 1, BEGIN, (BusyNetwork("198.51.100.0/24", 4, 30),)), BEGIN + HOUR, "Europe/Berlin",
)  # fmt: skip


def test_who_asks_in_the_middle_of_the_night_is_told_how_far_it_is_who_leads_it_and_what_waits_where():
    assert lines(SEEN) == [
        "Night of 2026-11-22: under way, 25 of 100 resources, 25 %",
        "  led by auditor1, process 4711",
        "  begun Sun 22 Nov 22:00, closes Mon 23 Nov 06:00 (Europe/Berlin), looks end about 02:00",
        "  70 wait, 5 under way by 2 processes, 0 lapsed, 0 late, 0 given up; 9 customers unfinished",
        "  the longest wait: 1 h 00 min",
        "  network 198.51.100.0/24: 4 under way, 30 wait",
    ]
    assert as_json(SEEN)["oldest_wait_seconds"] == 3600
    assert as_json(SEEN)["looks_end"] == (BEGIN + 4 * HOUR).isoformat()


def test_a_night_that_nobody_leads_is_interrupted_and_the_next_step_is_told():
    """A leader's word that is out is nobody's: it was killed, or its machine is gone."""
    later = replace(SEEN, now=BEGIN + 3 * HOUR)
    assert state(NIGHT, later.now) == "interrupted"
    assert later.looks_end is None, "at which pace?"
    assert "led by nobody; next: the same posture nightly goes on with it" in lines(later)[1]


@pytest.mark.parametrize(
    ("units", "end"),
    [
        (Progress(queued=99, done=1), None),
        (Progress(queued=9_975, done=25), NIGHT.closes),
        (Progress(done=3), BEGIN + HOUR),
    ],
    ids=["too little to say", "it closes before", "all is done"],
)
def test_the_end_is_told_where_it_can_be_and_never_after_the_window(units, end):
    assert replace(SEEN, units=units).looks_end == end


def test_a_night_without_any_resource_divides_by_nothing():
    assert lines(replace(SEEN, units=Progress(), way=Way()))[0] == "Night of 2026-11-22: under way, 0 of 0 resources"
