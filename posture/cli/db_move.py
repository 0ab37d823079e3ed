from __future__ import annotations

import click

from posture.cli.errors import Broken, Exit, Failure, Usage
from posture.cli.output import note, say
from posture.store.errors import StoreError
from posture.store.move import NotTheSame, TableDigest, compared, moved


class Differs(Failure):
    """Two databases do not hold the same."""

    code = Exit.FINDINGS


@click.command()
@click.option(
    "--from", "source", required=True, metavar="URL", help="The database to leave, e.g. sqlite:///posture.db."
)
@click.option("--to", "target", required=True, metavar="URL", help="The database to go to; posture db upgrade made it.")
@click.option("--verify-only", is_flag=True, help="Copy nothing; compare the two, row by row.")
def move(source: str, target: str, verify_only: bool) -> None:
    """Copy all rows of one database into another, and prove that nothing is missing.

    \b
    posture db upgrade --database postgresql://posture_owner@db.example/posture --app-role posture_app
    posture db move --from sqlite:///posture.db --to postgresql://posture_app@db.example/posture

    Let audits end first. The new database must be empty. All rows are copied in one transaction, then all tables are
    read from both sides and compared: either everything is there, or nothing was written. What was stopped is started
    again from the beginning. The old database is left as it is.
    """
    if source == target:
        raise Usage("--from and --to are the same database", "name two")
    try:
        tables = compared(source, target) if verify_only else moved(source, target, _copied)
    except NotTheSame as error:
        step = "look who writes into one of them" if verify_only else "nothing was written; report this"
        raise Differs(str(error), step) from error
    except StoreError as error:
        raise Broken(str(error), "nothing was written") from error
    _told(tables)
    if not verify_only:
        say("Moved. Name the new database from now on: --database, or POSTURE_DATABASE. Keep the old one as a backup.")


def _copied(table: str, rows: int) -> None:
    if rows:
        note(f"{table}: {rows:,} rows")


def _told(tables: tuple[TableDigest, ...]) -> None:
    rows = sum(table.rows for table in tables)
    say(f"The same: {rows:,} rows of {len(tables)} tables, compared by SHA-256.")
