from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from posture.cli.errors import Exit, Usage
from posture.cli.options import json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.inventory.load import Inventory, load_inventory
from posture.inventory.problem import InventoryError, Problem
from posture.inventory.schema import inventory_schema


def read(path: Path) -> Inventory:
    """The inventory.

    Raises:
        Usage: it is wrong; one line a problem, with file, line, field and the fix.
    """
    try:
        return load_inventory(path, now())
    except InventoryError as error:
        raise Usage(str(error), "mend these lines; nothing was contacted") from error


@click.group()
def inventory() -> None:
    """The file of customers: who they are, what they own, who allowed the audit."""


@inventory.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("customers.yaml"))
@json_option
def validate(file: Path, as_json: bool) -> int:
    """Read FILE (default: customers.yaml) as an audit would; every problem with its line, field and fix.

    Nothing is contacted. Exit code 2 when something is wrong.
    """
    try:
        found = load_inventory(file, now())
    except InventoryError as error:
        return _wrong(error.problems, as_json)
    for warning in found.warnings:
        note(f"warning: {warning}")
    late = (*found.expired, *found.not_yet)
    if late:
        return _wrong(late, as_json)
    if as_json:
        print_json(
            [{"customer": c.id, "name": c.name, "resources": [r.id for r in c.resources]} for c in found.customers]
        )
        return Exit.DONE
    rows = [(c.id, str(len(c.resources)), c.authorization.valid_until.isoformat(), c.name) for c in found.customers]
    table(("CUSTOMER", "RESOURCES", "AUTHORIZED UNTIL", "NAME"), rows)
    say(f"{file} is valid: {len(found.customers)} customer{'' if len(found.customers) == 1 else 's'}")
    return Exit.DONE


def _wrong(problems: Sequence[Problem], as_json: bool) -> Exit:
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            note(f"posture: {problem}")
        note("  next: mend these lines; nothing was contacted")
    return Exit.USAGE


@inventory.command()
def schema() -> None:
    """The JSON Schema of the file, for editors and pipelines."""
    print_json(inventory_schema())
