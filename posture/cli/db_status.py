from __future__ import annotations

from dataclasses import asdict

import click

from posture.cli.errors import Broken, Exit
from posture.cli.options import database_option, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import say
from posture.store.condition import condition
from posture.store.errors import StoreError


@click.command()
@json_option
@database_option
def status(as_json: bool, database: str) -> int:
    """Where the database is, how big it is, and what is not as it should be.

    \b
    posture db status --database postgresql://posture_app@db.example/posture

    Told besides: the schema, whether customers' rows are kept apart from each other for the role that is asked as,
    whether the connection is encrypted, and how far this machine's clock is from the database's. Exit code 3 when
    something should be mended.
    """
    try:
        found = condition(database, now)
    except StoreError as error:
        raise Broken(str(error)) from error
    if as_json:
        print_json(asdict(found))
    else:
        say(f"Database:  {found.place}")
        say(f"Schema:    {found.schema or 'none'} (this version: {found.needed})")
        say(f"Size:      {found.bytes / 1e6:,.1f} MB, {found.runs:,} runs, oldest {found.oldest or '-'}")
        if found.clock is not None:
            say(f"Role:      {found.role}, of the owner {found.owner or '-'}; {found.connections} connections now")
            say(f"Customers: kept apart in {found.confined} of {found.tables} tables")
            say(f"Clock:     {found.clock:+.1f} s beside the database's")
        for one in found.shortcomings:
            say(f"Mend:      {one}")
    return Exit.INCOMPLETE if found.shortcomings else Exit.DONE
