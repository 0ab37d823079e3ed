from __future__ import annotations

from datetime import timedelta

import click

from posture.cli.errors import Broken, Usage
from posture.cli.options import database_option, existing, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import note, table
from posture.store.errors import StoreError
from posture.store.retention import Cut


@click.command()
@click.option("--facts-days", type=click.IntRange(1), default=90, show_default=True,
              help="Days for which facts are kept: what servers said, evidence, what a replay needs.")  # fmt: skip
@click.option("--history-days", type=click.IntRange(1), default=730, show_default=True,
              help="Days for which outcomes, resolved findings, deliveries and runs are kept.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Count what would go, and delete nothing.")
@click.option("--shrink", is_flag=True, help="Give the freed space of a SQLite file back to the disk; takes a while.")
@json_option
@database_option
def prune(facts_days: int, history_days: int, dry_run: bool, shrink: bool, as_json: bool, database: str) -> None:
    """Delete what is older than it has to be kept.

    \b
    posture prune --dry-run
    posture prune --facts-days 90 --history-days 730

    Kept whatever its age: what a legal hold covers (posture hold), each customer's latest complete audit, the newest
    look at each resource, what open findings stand on, the auditor's own log, disputes, and records of enforcement. It
    may run beside a night, be interrupted and begun again. docs/retention.md tells what is kept for how long, and why.
    """
    if history_days < facts_days:
        raise Usage("--history-days is less than --facts-days", "facts are of no use without their history")
    moment = now()
    cut = Cut(moment - timedelta(days=facts_days), moment - timedelta(days=history_days))
    with existing(database) as store:
        try:
            held = store.holds()
            found = list(store.prune(cut, only_count=dry_run))
            if shrink and not dry_run:
                store.shrink()
        except StoreError as error:
            raise Broken(str(error), "what was deleted is deleted; the same command goes on") from error
    if as_json:
        print_json({"deleted" if not dry_run else "would_delete": {one.table: one.rows for one in found},
                    "holds": len(held)})  # fmt: skip
        return
    table(("TABLE", "WOULD GO" if dry_run else "DELETED"), [(one.table, f"{one.rows:,}") for one in found])
    for hold in held:
        what = f"finding {hold.finding}" if hold.finding else "everything"
        note(f"kept by a hold: {what} of {hold.customer}, since {hold.at:%Y-%m-%d} by {hold.by}: {hold.reason}")
