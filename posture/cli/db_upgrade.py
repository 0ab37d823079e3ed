from __future__ import annotations

from importlib.util import find_spec

import click

from posture.cli.errors import Broken
from posture.cli.options import database_option
from posture.cli.output import note, say
from posture.store.errors import StoreError
from posture.store.migrate import HEAD
from posture.store.store import upgrade as bring_up


@click.command()
@click.option(
    "--app-role",
    metavar="ROLE",
    default="",
    help="PostgreSQL: give this role what the program needs, no more. Without: those that have it, else posture_app.",
)
@database_option
def upgrade(app_role: str, database: str) -> None:
    """Make the tables of a database, or bring them up to this version of posture.

    \b
    posture db upgrade --database postgresql://posture_owner@db.example/posture --app-role posture_app

    PostgreSQL is upgraded by this command alone, as the role that owns the tables: stop the workers, make a backup,
    upgrade, start them again. All of an upgrade happens or nothing of it. There is no way back but the backup. A
    SQLite file is upgraded whenever it is opened. The extra `distributed` gets its tables, too.
    """
    try:
        roles = bring_up(database, app_role)
        queue = _queue(database, roles)
    except StoreError as error:
        raise Broken(str(error)) from error
    say(f"The schema is {HEAD}." + (f" {', '.join(roles)} may work with it, and owns nothing." if roles else ""))
    if database.startswith("postgres") and not roles:
        note("No role but the owner may work with it: CREATE ROLE posture_app LOGIN, then this once more.")
    if queue:
        say(queue)


def _queue(database: str, roles: tuple[str, ...]) -> str:
    """Make the tables that wake workers; what to say of it."""
    if not database.startswith("postgres"):
        return ""
    if find_spec("procrastinate") is None:
        return "Workers on other machines need the extra: pip install 'coma-posture[distributed]', then this once more."
    from posture.execute.procrastinate_schema import NoQueue, apply  # noqa: PLC0415  the extra, perhaps absent

    try:
        for role in roles or (None,):
            apply(database, role)
    except NoQueue as error:
        raise Broken(str(error), error.step) from error
    return "Workers can be woken: posture worker."
