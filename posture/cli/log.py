from __future__ import annotations

import re
from dataclasses import asdict

import click

from posture.cli.errors import Broken, Usage
from posture.cli.options import database_option, existing, json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import note, table
from posture.store.actions import Head


@click.command()
@click.argument("customer", required=False)
@click.option("--run", help="Only this run's.")
@click.option("--head", "noted", metavar="N:HASH", help="A head printed earlier: the log must still begin with it.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="The newest so many.")
@json_option
@database_option
def log(customer: str | None, run: str | None, noted: str | None, limit: int, as_json: bool, database: str) -> None:
    """The auditor's own actions: every contact and every refusal, with time, address and authorization.

    The whole log is checked first: its entries are chained by their hashes. Exit code 5 when one was changed. Who can
    write the database could write the whole chain anew: keep the head that is printed last somewhere else, and give it
    back with --head.
    """
    known = _head(noted)
    with existing(database) as store:
        broken = store.verify_actions(known)
        head = store.actions_head()
        actions = store.actions(customer, run=run, limit=limit)
    if broken is not None:
        raise Broken(
            f"entry {broken.entry} of the action log is not as it was written: {broken.reason}",
            "do not rely on this database; compare it with a backup",
        )
    if as_json:
        print_json([asdict(action) | {"at": action.at.isoformat()} for action in actions])
    else:
        rows = [
            (
                a.at.isoformat(timespec="seconds"),
                a.customer,
                a.source or "-",
                a.target,
                a.what,
                a.result,
                a.authorization,
            )
            for a in actions
        ]
        table(("AT", "CUSTOMER", "FROM", "TARGET", "WHAT", "RESULT", "AUTHORIZATION"), rows)
    note(f"{head.entries} entries, unbroken; head {head.entries}:{head.hash}")


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    entries, _, digest = text.partition(":")
    if not entries.isdigit() or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Usage("--head is what posture log printed last: a number, a colon and 64 hexadecimal digits")
    return Head(int(entries), digest)
