from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from posture.cli.errors import Exit, Usage
from posture.cli.night_metrics import MetricsFile
from posture.cli.night_summary import summed_up
from posture.cli.options import database_option, existing, json_option, now, timezone_option
from posture.cli.output import as_json as print_json
from posture.cli.output import say, table
from posture.model.night import Night, Progress
from posture.report.night import underway
from posture.report.night.json_ import as_json as summary_as_json
from posture.report.night.told import lines
from posture.store.store import Store


@click.command()
@click.argument("night_id", metavar="[ID]", default="")
@click.option("--limit", type=click.IntRange(1, 1000), default=14, show_default=True, help="The newest so many.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the metrics of the newest night, or of ID (OpenMetrics text).")  # fmt: skip
@timezone_option
@json_option
@database_option
def nights(night_id: str, limit: int, metrics: Path | None, zone: ZoneInfo, as_json: bool, database: str) -> int:
    """Past nights, and the one under way; with ID (its date), all that is told of it.

    \b
    posture nights
    posture nights 2026-11-22 --json

    Of a night under way: how far it is, who leads it, which networks are busiest, what waits longest, and when the last
    resource will be done at this pace. A night that has ended is told as it was told in that morning.

    Exit codes: 0 told; 2 there was no such night; 5 the database failed.
    """
    with existing(database) as store:
        known = store.nights(limit)
        if not known:
            raise Usage("there was no night yet", "posture nightly begins one")
        chosen = store.night(night_id) if night_id else known[0]
        if chosen is None:
            raise Usage(f"there was no night {night_id}", f"there were: {', '.join(one.id for one in known)}")
        if metrics is not None:
            MetricsFile(store, chosen.id, metrics).write()
        if night_id:
            _told(store, chosen, zone.key, as_json=as_json)
        elif as_json:
            print_json([_as_json(store, one) for one in known])
        else:
            table(("NIGHT", "STATE", "RESOURCES", "UNDER WAY", "LAPSED", "LATE", "GIVEN UP", "CLOSES", "LED BY"),
                  [_row(store, one) for one in known])  # fmt: skip
            for one in known:
                if one.ended is None:
                    say()
                    _told(store, one, zone.key, as_json=False)
    return Exit.DONE


def _told(store: Store, night: Night, zone: str, *, as_json: bool) -> None:
    if night.ended is None:
        seen = _under_way(store, night, zone)
        if as_json:
            print_json(_as_json(store, night))
        for line in () if as_json else underway.lines(seen):
            say(line)
        return
    summary = summed_up(store, night)
    if as_json:
        print_json(summary_as_json(summary))
        return
    for line in lines(summary):
        say(line)


def _row(store: Store, night: Night) -> tuple[str, ...]:
    units = _units(store, night)
    return (
        night.id,
        underway.state(night, now()),
        f"{units.done} of {units.total}",
        str(units.leased),
        str(units.lapsed),
        str(units.late),
        str(units.given_up),
        f"{night.closes:%Y-%m-%d %H:%M %Z}",
        night.holder.partition(":")[0] or "-",
    )


def _as_json(store: Store, night: Night) -> dict[str, object]:
    units = _units(store, night)
    told: dict[str, object] = {
        "night": night.id,
        "run": night.run,
        "state": underway.state(night, now()),
        "opened": night.opened.isoformat(),
        "closes": night.closes.isoformat(),
        "ended": night.ended.isoformat() if night.ended else None,
        "led_by": night.holder or None,
        "units": {
            "total": units.total,
            "queued": units.queued,
            "under_way": units.leased,
            "lapsed": units.lapsed,
            "done": units.done,
            "late": units.late,
            "given_up": units.given_up,
        },
        "unfinished_customers": units.unfinished,
    }
    return told if night.ended else {**told, **underway.as_json(_under_way(store, night, "UTC"))}


def _units(store: Store, night: Night) -> Progress:
    """As kept where the night has ended: what 300 nights hold is not counted row by row each time."""
    return summed_up(store, night).units if night.ended else store.progress(night.run, now())


def _under_way(store: Store, night: Night, zone: str) -> underway.UnderWay:
    moment = now()
    run = store.run(night.run)
    started = run.started if run else night.opened
    return underway.UnderWay(
        night, started, store.progress(night.run, moment), store.way(night.run, moment), moment, zone
    )
