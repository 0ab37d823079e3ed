from __future__ import annotations

from pathlib import Path

import click

from posture.cli.errors import Broken, Usage
from posture.cli.options import database_option
from posture.cli.output import note, say
from posture.store.backup import copied
from posture.store.errors import StoreError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@database_option
def backup(file: Path, database: str) -> None:
    """Copy a SQLite database to FILE, whole and of one moment, while audits go on writing.

    \b
    posture db backup /var/backups/posture-$(date +%F).db

    To restore it, stop posture and put the copy in the database's place, without the old -wal and -shm files.
    PostgreSQL has its own tools; docs/database.md has the commands, tested with this version.
    """
    if not database.startswith("sqlite:"):
        raise Usage(
            "PostgreSQL is backed up by pg_dump",
            "PGOPTIONS='-c posture.customer=*' pg_dump --format custom --enable-row-security --file FILE DATABASE",
        )
    if file.exists():
        raise Usage(f"{file} is there already", "name another file, or move it away")
    try:
        copied(database, file)
    except StoreError as error:
        raise Broken(str(error)) from error
    say(str(file))
    note("Checked: the copy is whole.")
