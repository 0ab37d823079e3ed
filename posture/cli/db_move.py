from __future__ import annotations

import click

from posture.cli.database_url import complete
from posture.cli.errors import Broken, Exit, Failure, Usage
from posture.cli.output import note, say
from posture.engine.clock import utc_now
from posture.execute.workers import is_gone
from posture.store.errors import StoreError
from posture.store.move import Moved, NotTheSame, compared, moved

STEP = 50_000  # rows of a table after which it is told how far it is


class Differs(Failure):
    """Two databases do not hold the same."""

    code = Exit.FINDINGS


@click.command()
@click.option(
    "--from",
    "source",
    required=True,
    metavar="URL",
    callback=complete,
    help="The database to leave, e.g. sqlite:///posture.db.",
)
@click.option(
    "--to",
    "target",
    required=True,
    metavar="URL",
    callback=complete,
    help="The database to go to; posture db upgrade made it.",
)
@click.option("--verify-only", is_flag=True, help="Copy nothing; compare the two, row by row.")
def move(source: str, target: str, verify_only: bool) -> None:
    """Copy all rows of one database into another, and prove that nothing is missing.

    \b
    posture db upgrade --database postgresql://posture_owner@db.example/posture --app-role posture_app
    posture db move --from sqlite:///posture.db --to postgresql://posture_app@db.example/posture

    Let audits end first: nobody can write into the old database meanwhile. The new one must be empty. All rows are
    copied in one transaction, then all tables are read from both sides and compared: either everything is there, or
    nothing was written. What was stopped is started again from the beginning. The old database is left as it is.
    """
    if source == target:
        raise Usage("--from and --to are the same database", "name two")
    try:
        found = compared(source, target, _told) if verify_only else moved(source, target, _told, is_gone, utc_now())
    except NotTheSame as error:
        step = "look who writes into one of them" if verify_only else "nothing was written; report this"
        raise Differs(str(error), step) from error
    except StoreError as error:
        step = "" if verify_only else "nothing was written; --verify-only tells, should the end of it be in doubt"
        raise Broken(str(error), step) from error
    _say_same(found)
    if not verify_only:
        say("Moved. Name the new database from now on, wherever posture is started: --database, or POSTURE_DATABASE.")
        say("Keep the old one as a backup, and let nobody write into it: chmod a-w, for a file.")


def _told(doing: str, table: str, rows: int) -> None:
    if rows and (doing == "compared" or rows % STEP == 0):
        note(f"{doing} {table}: {rows:,} rows", table=table, rows=rows)


def _say_same(found: Moved) -> None:
    rows = sum(table.rows for table in found.tables)
    say(f"The same: {rows:,} rows of {len(found.tables)} tables, compared by SHA-256.")
    chain = f"broken at entry {found.broken.entry} in both: {found.broken.reason}" if found.broken else "unbroken"
    say(f"The log of actions: {found.head.entries:,} entries, {chain}; head {found.head.entries}:{found.head.hash}")
