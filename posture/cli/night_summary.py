"""What a night came to: added up from the database while it is under way, read back as it was once it has ended."""

from __future__ import annotations

import json
from dataclasses import replace

from posture.cli.errors import Broken
from posture.cli.options import now
from posture.model.night import Night
from posture.model.severity import Severity
from posture.report.night.json_ import as_json, from_json
from posture.report.night.summary import MOST_GIVEN_UP, NightRecord, NightSummary, sum_up
from posture.store.store import Store


def summed_up(store: Store, night: Night) -> NightSummary:
    """What a night came to, as it was told when it ended; of one that has not ended, what it comes to so far.

    What was kept is not counted again: findings have moved on since, and old units may have been pruned.
    """
    kept = from_json(night.summary) if night.summary else None
    return kept or _added_up(store, night)


def ended(store: Store, night: Night, zone: str, fail_on: Severity | None, holder: str) -> NightSummary:
    """End a night whose reports are written, and keep what it came to.

    Raises:
        Broken: another process than `holder` leads it by now.
    """
    moment = now()
    summary = replace(_added_up(store, replace(night, ended=moment)), zone=zone, fail_on=fail_on)
    if not store.end_night(night.id, json.dumps(as_json(summary), separators=(",", ":")), moment, holder):
        raise Broken(f"another process leads the night of {night.id} by now", "nothing is lost; see: posture nights")
    return summary


def _added_up(store: Store, night: Night) -> NightSummary:
    moment = night.ended or now()
    run = store.run(night.run)
    return sum_up(
        NightRecord(
            night=replace(night, ended=moment),
            started=run.started if run else night.opened,
            units=store.progress(night.run, moment),
            reach=store.reach(night.run),
            gists=store.gists(night.run),
            findings=store.standings(night.run),
            late=store.late_customers(night.id),
            given_up=store.given_up(night.run, MOST_GIVEN_UP),
        )
    )
