from __future__ import annotations

import getpass
import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import click

from posture.cli.errors import Exit, Failure, Usage
from posture.cli.inventory import read
from posture.cli.options import database_option, existing, inventory_option, now, policy_of, policy_option
from posture.cli.output import note, raw, say
from posture.cli.precheck import EXITS, last_known, refuse_a_customer
from posture.cli.prospect import Grants, granted
from posture.cli.standing import Standing, stale
from posture.inventory.append import NoPlace, appended, entry_text
from posture.inventory.load import load_inventory
from posture.inventory.problem import InventoryError
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.grant import Grant
from posture.model.precheck import PrecheckVerdict
from posture.model.text import visible


class Held(Failure):
    """The verdict is no go: the exit code is that of the check."""

    def __init__(self, verdict: PrecheckVerdict, message: str, step: str) -> None:
        super().__init__(message, step)
        self.code = EXITS[verdict]


class AllGrants(Grants, Protocol):
    """Where verified authorizations are kept, by customer too."""

    def grants(self, customer: str = "") -> tuple[Grant, ...]:
        """Those of a customer or prospect."""


@click.command()
@click.argument("prospect", metavar="REF|ID")
@inventory_option
@click.option("--contact", default="", metavar="MAIL", help="Who gets the reports.")
@click.option("--language", default="en", show_default=True, help="Of the reports.")
@click.option("--despite", default="", metavar="REASON", help="Take in though the verdict is no go; kept in the log.")
@click.option("--print", "print_only", is_flag=True, help="Print the entry instead of writing it.")
@policy_option
@database_option
def accept(
    *,
    prospect: str,
    inventory_file: Path,
    contact: str,
    language: str,
    despite: str,
    print_only: bool,
    policy_file: Path | None,
    database: str,
) -> int:
    """Turn a prospect, by its authorization or id, into a customer of the inventory: its next audit knows the history.

    \b
    posture precheck accept MSA-7.1 --inventory customers.yaml --contact it@new.example

    Exit codes: 0 accepted; 1 the verdict is no-go, 3 undecided: nothing was changed.
    """
    with existing(database) as store:
        grant = _grant(store, prospect)
        refuse_a_customer(inventory_file, grant.customer)
        known = last_known(store, grant, policy_of(policy_file))
        _refuse_held(known, despite)
        customer = replace(known.customer, contact=contact, language=language)
        if print_only:
            raw(entry_text(customer).rstrip("\n"))
            return Exit.DONE
        write_entry(inventory_file, customer)
        why = f"accepted, the verdict being {known.decision.verdict.value}"
        why += f", despite that because: {visible(despite)}" if despite.strip() else ""
        store.record(
            Action(now(), known.run, customer.id, grant.reference, "precheck accept", "", str(inventory_file),
                   f"{why} (by {_who()})")
        )  # fmt: skip
    say(f"{customer.id} is a customer now, in {inventory_file}.")
    note(f"  next: posture audit --inventory {inventory_file} {customer.id}")
    return Exit.DONE


def _grant(grants: AllGrants, prospect: str) -> Grant:
    """The authorization of this reference, else the one of this prospect that ends last.

    Raises:
        NotAllowed: there is none that holds.
    """
    at = now()
    if grants.grant(prospect) is None:
        own = [one for one in grants.grants(prospect) if one.revoked is None and one.covers(at)]
        if own:
            return max(own, key=lambda one: one.valid_until)
    return granted(grants, prospect, "", at)


def _refuse_held(known: Standing, despite: str) -> None:
    grant, verdict = known.customer.authorization, known.decision.verdict
    if stale(known, now()):
        raise Usage(
            f"the check of {known.customer.id} is too old to count",
            f'make it again: posture precheck --name "{known.customer.name}" --authorization {grant.reference}',
        )
    if verdict is PrecheckVerdict.GO or despite.strip():
        return
    blocks, left = len(known.decision.blocks), len(known.decision.unassessed)
    raise Held(
        verdict,
        f"the verdict on {known.customer.id} is {verdict.value}: {blocks} blocking, {left} not assessed",
        f"posture precheck --again --authorization {grant.reference}; or take it in --despite REASON, which is logged",
    )


def write_entry(file: Path, customer: Customer) -> None:
    """Put the customer behind the others; the file changes at once and only if it is a valid inventory then.

    Raises:
        Usage: it has no place for it, would not be valid, or cannot be written.
    """
    by_hand = "print the entry with --print and put it where it belongs"
    temporary = Path()
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o640
        with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False,
                                         encoding="utf-8") as new:  # fmt: skip
            temporary = Path(new.name)
            new.write(appended(before, customer))
            new.flush()
            os.fchmod(new.fileno(), mode)
            os.fsync(new.fileno())
        _refuse_changed(file, temporary, customer)
        temporary.replace(file)
    except NoPlace as error:
        raise Usage(f"{file}: {error}", by_hand) from error
    except InventoryError as error:
        raise Usage(str(error).replace(str(temporary), str(file)), f"nothing was changed; {by_hand}") from error
    except (OSError, UnicodeError) as error:
        raise Usage(f"{file} cannot be changed: {error}", by_hand) from error
    finally:
        if temporary.name:
            temporary.unlink(missing_ok=True)


def _refuse_changed(file: Path, new: Path, customer: Customer) -> None:
    """The new text must say what the old one said, and this customer besides."""
    known = read(file).customers if file.exists() and file.read_text(encoding="utf-8").strip() else ()
    found = {one.id: one for one in load_inventory(new, now()).customers}
    added = found.pop(customer.id, None)
    if added is None or set(found) != {one.id for one in known} or added.resources != customer.resources:
        raise NoPlace("an entry behind its last line would not be read as a customer")


def _who() -> str:
    with suppress(KeyError, OSError):
        return getpass.getuser()
    return "unknown user"
