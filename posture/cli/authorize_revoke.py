from __future__ import annotations

import shlex
from pathlib import Path

import click

from posture.cli.errors import Exit, Usage
from posture.cli.inventory import read
from posture.cli.operator_name import operator_name
from posture.cli.options import database_option, now, stored
from posture.cli.output import note, say
from posture.model.revocation import Revocation
from posture.model.text import visible
from posture.store.store import Store


@click.command()
@click.argument("what", metavar="CUSTOMER|REF")
@click.argument("reference", required=False, default="", metavar="[REF]")
@click.option("--reason", required=True, help="Why; it is told wherever something is refused for it.")
@click.option("--inventory", "inventory_file", type=click.Path(path_type=Path), default=Path("customers.yaml"),
              show_default=True, help="Whose authorizations can be revoked, too; needs not exist.")  # fmt: skip
@database_option
def revoke(what: str, reference: str, reason: str, inventory_file: Path, database: str) -> int:
    """End authorizations before their time: all of a CUSTOMER, the one of a reference, or CUSTOMER and REF together.

    \b
    posture authorize revoke MSA-43 --reason "the contract was ended"
    posture authorize revoke bakery --reason "the customer left"
    posture authorize revoke bakery MSA-7.1 --reason "signed by nobody"

    The inventory's authorizations can be revoked as well. It takes effect within one second, also in audits that run:
    their sweeps, sessions and connections end. It cannot be taken back; agree afresh, under another reference.
    """
    if not reason.strip():
        raise Usage("a revocation needs a reason", 'say why: --reason "..."')
    with stored(database) as store:
        chosen = [(what, reference)] if reference else _meant(store, what, inventory_file)
        for customer, ended in chosen:
            store.revoke(Revocation(customer, ended, now(), operator_name(), reason.strip()))
            say(f"{ended} of {customer} is revoked: nothing is sent under it any more")
    return Exit.DONE


def _meant(store: Store, what: str, file: Path) -> list[tuple[str, str]]:
    """Customer and reference of what one word means.

    Raises:
        Usage: nothing, or the same reference of several customers.
    """
    ended = {(one.customer, one.reference) for one in store.revoked_since()}
    known = {(one.customer, one.reference) for one in store.grants()} | _inventory(file)
    known |= {(one.customer, one.reference) for one in store.challenges()}
    by_reference = sorted(one for one in known if one[1] == what)
    found = by_reference or sorted(one for one in known if one[0] == what)
    if not found:
        raise Usage(
            f"there is no authorization and no customer {visible(what, 80)}",
            "posture authorize list names all; one of another inventory: posture authorize revoke CUSTOMER REF",
        )
    if len({customer for customer, _ in found}) > 1:
        several = ", ".join(customer for customer, _ in found)
        raise Usage(
            f"{visible(what, 80)} is a reference of {several}", f"name whose: posture authorize revoke CUSTOMER {what}"
        )
    left = [one for one in found if one not in ended]
    if not left:
        raise Usage(f"{visible(what, 80)} is revoked already", f"posture authorize list {shlex.quote(found[0][0])}")
    return left


def _inventory(file: Path) -> set[tuple[str, str]]:
    """What stands in the inventory; a broken one must not keep anybody from revoking what is in the database."""
    if not file.exists():
        return set()
    try:
        return {(one.id, one.authorization.reference) for one in read(file).customers}
    except Usage as error:
        note(f"the inventory {file} was not looked at: {error.message.splitlines()[0]}")
        return set()
