from __future__ import annotations

from pathlib import Path

import click

from posture.cli.errors import Exit, Usage
from posture.cli.night_metrics import MetricsFile
from posture.cli.night_summary import summed_up
from posture.cli.options import database_option, existing, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import say, table
from posture.model.night import Night
from posture.report.night.json_ import as_json as summary_as_json
from posture.report.night.told import lines
from posture.store.store import Store


@click.command()
@click.argument("night_id", metavar="[ID]", default="")
@click.option("--limit", type=click.IntRange(1, 1000), default=14, show_default=True, help="The newest so many.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the metrics of the newest night, or of ID (OpenMetrics text).")  # fmt: skip
@json_option
@database_option
def nights(night_id: str, limit: int, metrics: Path | None, as_json: bool, database: str) -> int:
    """Past nights, and the one under way; with ID (its date), all that is told of it.

    \b
    posture nights
    posture nights 2026-11-22 --json
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
            _told(store, chosen, as_json=as_json)
        elif as_json:
            print_json([_as_json(store, one) for one in known])
        else:
            table(("NIGHT", "STATE", "RESOURCES", "UNDER WAY", "LATE", "GIVEN UP", "CLOSES", "LED BY"),
                  [_row(store, one) for one in known])  # fmt: skip
    return Exit.DONE


def _told(store: Store, night: Night, *, as_json: bool) -> None:
    summary = summed_up(store, night)
    if as_json:
        print_json(summary_as_json(summary))
        return
    for line in lines(summary):
        say(line)


def _row(store: Store, night: Night) -> tuple[str, ...]:
    progress = store.progress(night.run, now())
    return (
        night.id,
        _state(night),
        f"{progress.done} of {progress.total}",
        str(progress.leased),
        str(progress.late),
        str(progress.given_up),
        f"{night.closes:%Y-%m-%d %H:%M %Z}",
        night.holder.partition(":")[0] or "-",
    )


def _as_json(store: Store, night: Night) -> dict[str, object]:
    progress = store.progress(night.run, now())
    return {
        "night": night.id,
        "run": night.run,
        "state": _state(night),
        "opened": night.opened.isoformat(),
        "closes": night.closes.isoformat(),
        "ended": night.ended.isoformat() if night.ended else None,
        "led_by": night.holder or None,
        "units": {
            "total": progress.total,
            "queued": progress.queued,
            "under_way": progress.leased,
            "lapsed": progress.lapsed,
            "done": progress.done,
            "late": progress.late,
            "given_up": progress.given_up,
        },
        "unfinished_customers": progress.unfinished,
    }


def _state(night: Night) -> str:
    if night.ended is not None:
        return "ended"
    return "under way" if night.holder and night.lease_until and night.lease_until > now() else "interrupted"
