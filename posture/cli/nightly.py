from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from posture.cli.audit import PORTS, PORTS_HELP, SESSIONS_HELP, refuse_unwritable
from posture.cli.errors import Exit, NotAllowed, Usage
from posture.cli.night_lead import NightOrder, carry_out_night
from posture.cli.night_metrics import refuse_no_folder
from posture.cli.night_plan import allowed_tonight, planned
from posture.cli.night_reports import Desk
from posture.cli.options import (
    SEVERITY,
    database_option,
    inventory_option,
    now,
    policy_of,
    policy_option,
    stored,
    timezone_option,
)
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.cli.reports import FORMATS, USUAL
from posture.cli.sealing import key_of, sign_option
from posture.collect.sessions import SESSIONS_AT_ONCE
from posture.engine.due import NightHours, night_of
from posture.inventory.hours import parse_windows
from posture.model.night import NightRules
from posture.model.severity import Severity
from posture.model.window import Window
from posture.report.night.json_ import as_json
from posture.report.night.told import lines

EXECUTORS = ("threads", "processes", "workers")


def _window(ctx: click.Context, option: click.Parameter, value: str | None) -> Window | None:  # noqa: ARG001
    if value is None:
        return None
    try:
        (window,) = parse_windows(value)
    except ValueError as error:
        raise click.BadParameter(f"{value} is no span of hours; for example 22:00-06:00") from error
    return window


@click.command()
@inventory_option
@click.option("--window", callback=_window, metavar="HH:MM-HH:MM", help="The hours of nights. Default: the whole day.")
@timezone_option
@click.option("--executor", type=click.Choice(EXECUTORS), default="threads", show_default=True,
              help="Who does the work: threads of this process; or, with PostgreSQL, processes of this machine, or "
              "workers on any (posture worker).")  # fmt: skip
@click.option(
    "--threads", type=click.IntRange(1, 256), default=64, show_default=True, help="Resources at once, of each process."
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="With --executor processes."
)
@click.option("--sessions", type=click.IntRange(1, 256), default=SESSIONS_AT_ONCE, show_default=True,
              envvar="POSTURE_SESSIONS", show_envvar=True, help=SESSIONS_HELP)  # fmt: skip
@click.option("--per-network", type=click.IntRange(0), default=16, show_default=True,
              help="Resources at once in one network (/24, /48), over all workers; 0: no bound.")  # fmt: skip
@click.option("--at-once", type=click.IntRange(0), default=0, show_default=True,
              help="Resources at once over all workers; 0: as many as there are threads.")  # fmt: skip
@click.option("--share-networks", is_flag=True,
              help="Let several workers look at one network at the same time: their packets add up.")  # fmt: skip
@click.option("--ports", type=click.Choice(PORTS), default="rolling", show_default=True, help=PORTS_HELP)
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS),
              help=f"Of reports; repeatable; default: {', '.join(USUAL)}.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("audit"), show_default=True,
              help="Folder for CUSTOMER.FORMAT.")  # fmt: skip
@click.option("--fail-on", type=SEVERITY, help="Exit with 1 when the night saw a finding of this severity or worse.")
@click.option("--grace", type=click.FloatRange(0, 3600), default=60.0, show_default=True,
              help="Seconds for looks under way to end when the night is told to stop (SIGTERM).")  # fmt: skip
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Keep this file of metrics (OpenMetrics text) up to date.")  # fmt: skip
@click.option("--json", "json_wanted", is_flag=True, help="The summary as JSON.")
@click.option("--dry-run", is_flag=True, help="Say who is due, when, and who is not, and contact nobody.")
@sign_option
@policy_option
@database_option
def nightly(
    inventory_file: Path,
    window: Window | None,
    zone: ZoneInfo,
    executor: str,
    threads: int,
    processes: int,
    sessions: int,
    per_network: int,
    at_once: int,
    share_networks: bool,
    ports: str,
    formats: tuple[str, ...],
    out: Path,
    fail_on: str | None,
    grace: float,
    metrics: Path | None,
    json_wanted: bool,
    dry_run: bool,
    sign_key: str | None,
    policy_file: Path | None,
    database: str,
) -> int:
    """Look at every customer who is due, once a night: for cron, a systemd timer or a CronJob.

    \b
    posture nightly --inventory customers.yaml --window 22:00-06:00 --timezone Europe/Berlin
    posture nightly --window 22:00-06:00 --executor processes --processes 4
    posture nightly --dry-run

    A night is named by the date on which its window opened, and happens once: the same command goes on with a night
    that was interrupted, does nothing beside one that is under way, and tells the summary again of one that has ended.
    When it was interrupted and the window has closed since, what it saw is reported, and nobody is contacted any more.
    Who was looked at longest ago comes first. When the window closes, nothing is begun any more; who was not reached is
    named, keeps the report he has, and is among the first next time. Reports are written when all has been looked at.

    Exit codes: 0 all that was due was assessed; 1 findings at or above --fail-on; 3 something was late, refused or
    not assessed, or another process leads this night; 4 outside the window, nothing was sent; 5 the program failed.
    """
    hours = night_of(window, zone, now())
    if hours is None and (dry_run or not _there(database)):
        raise NotAllowed(
            f"it is outside the window {window} ({zone.key}); nothing was sent", "see --window, --timezone"
        )
    policy = policy_of(policy_file)
    if dry_run and hours is not None:
        return _told_who(inventory_file, database, hours)
    refuse_unwritable(out)
    refuse_no_folder(metrics)
    if executor != "threads" and not database.startswith("postgres"):
        raise Usage(f"--executor {executor} needs PostgreSQL", "name it with --database, or use --executor threads")
    rules = NightRules(per_network, at_once, executor != "threads" and not share_networks, ports == "rolling",
                       policy.digest)  # fmt: skip
    order = NightOrder(
        hours=hours,
        inventory=inventory_file,
        database=database,
        rules=rules,
        desk=Desk(out, formats or USUAL, policy, key_of(sign_key)),
        executor=executor,
        threads=threads,
        processes=processes,
        sessions=sessions,
        grace=grace,
        metrics=metrics,
        policy_file=policy_file,
        zone=zone.key,
        fail_on=Severity.parse(fail_on) if fail_on else None,
    )
    summary = carry_out_night(order)
    if summary is None:
        return Exit.INCOMPLETE
    summary = replace(summary, fail_on=order.fail_on)
    if json_wanted:
        print_json(as_json(summary))
    else:
        for line in lines(summary):
            say(line)
    return Exit(summary.outcome[0])


def _there(database: str) -> bool:
    """Whether there may be nights in it: SQLite's file is made by the first."""
    return not database.startswith("sqlite:///") or Path(database.removeprefix("sqlite:///")).exists()


def _told_who(inventory_file: Path, database: str, hours: NightHours) -> int:
    """Print who would be looked at in this night."""
    allowed, refused = allowed_tonight(inventory_file, database, now())
    last: Mapping[str, datetime] = {}
    if _there(database):
        with stored(database) as store:
            last = store.last_nights()
    plan = planned(allowed, refused, last, hours, now())
    rows = [
        (t.customer.id, "due", f"{t.turns[0].opens:%Y-%m-%d %H:%M %Z}" if t.turns and t.turns[0].opens else "at once",
         f"{len(t.turns)} resources")
        for t in plan.work
    ]  # fmt: skip
    rows += [(customer, "not due", "", reason) for customer, reason in plan.left_out.not_due.items()]
    rows += [(customer, "refused", "", reason) for customer, reason in plan.left_out.refused.items()]
    table(("CUSTOMER", "TONIGHT", "FROM", "WHAT"), rows)
    closes = hours.closes.isoformat(timespec="minutes")
    note(f"Night of {hours.id}, until {closes}. Nothing was sent; posture audit --dry-run tells each contact.")
    return Exit.INCOMPLETE if plan.left_out.refused else Exit.DONE
