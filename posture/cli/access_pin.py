"""Confirming a host's SSH key, and what was confirmed."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import Any

import click

from posture.cli.audit import chosen_customers
from posture.cli.errors import Usage
from posture.cli.options import database_option, existing, inventory_option, json_option, now, stored
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.model.resource import ResourceKind
from posture.model.ssh_pin import CONSOLE, SshPin
from posture.store.store import Store

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


@click.command()
@click.argument("customer")
@click.argument("resource")
@click.argument("fingerprints", nargs=-1, required=True, metavar="SHA256:...")
@inventory_option
@database_option
def pin(customer: str, resource: str, fingerprints: tuple[str, ...], inventory_file: Path, database: str) -> None:
    """Confirm that CUSTOMER's host RESOURCE has these keys, all of them: from now on it is believed by them.

    Compare them on the host's own console first, with what this prints there:
    for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done

    \b
    posture access pin bakery web1 SHA256:u7mGnp4qpuLOWg2NWJ5Q3rO1Y3l7Jt5cVZ1XcMZ8y3k

    It takes the place of what was confirmed before; the history keeps who confirmed what, and when.
    """
    for wrong in (each for each in fingerprints if not _FINGERPRINT.fullmatch(each)):
        raise Usage(f"{wrong} is no SHA256 fingerprint of a key", f"copy what the host prints: {CONSOLE}")
    known = next(
        (each for each in chosen_customers(inventory_file, (customer,))[0].resources if each.id == resource), None
    )
    if known is None or known.kind is not ResourceKind.HOST:
        raise Usage(f"{customer} has no host {resource} in {inventory_file}", "add it there, or correct the name")
    with stored(database) as store:
        before = store.pin(customer, resource)
        found = SshPin(customer, resource, tuple(each.rstrip("=") for each in fingerprints), _who(), now())
        store.add_pin(found)
    if before is not None and set(before.fingerprints) != set(found.fingerprints):
        note(f"this replaces {', '.join(before.fingerprints)}, confirmed by {before.by} on {before.at:%d %b %Y}")
    if known.ssh is not None and known.ssh.host_keys:
        say(f"{customer} {resource}: noted, but does not count while the inventory gives host_key")
        note(f"delete host_key of {resource} in {inventory_file} for the pin to count")
        return
    say(f"{customer} {resource} is believed by {', '.join(found.fingerprints)}")


@click.command()
@click.argument("customer", required=False)
@click.option("--history", is_flag=True, help="Also those that a later one took the place of.")
@json_option
@database_option
def pins(customer: str | None, history: bool, as_json: bool, database: str) -> None:
    """List the host keys that people confirmed: of all customers, or of CUSTOMER."""
    with existing(database) as store:
        found = store.pins(customer, history=history)
        if customer is not None and not found:
            _refuse_unknown(store, customer)
    if as_json:
        print_json([_plain(each) for each in found])
        return
    rows = [(p.customer, p.resource, f"{p.at:%Y-%m-%d %H:%M}", p.by, " ".join(p.fingerprints)) for p in found]
    table(("CUSTOMER", "HOST", "CONFIRMED", "BY", "KEYS"), rows)


def _refuse_unknown(store: Store, customer: str) -> None:
    """A customer of whom neither an audit nor a confirmed key is in the database is a name that was mistyped."""
    known = sorted({one.id for one in store.customers()} | {pin.customer for pin in store.pins(history=True)})
    if customer not in known:
        raise Usage(f"nothing of a customer {customer} is in the database", f"there are: {', '.join(known[:20])}")


def _plain(pin: SshPin) -> dict[str, Any]:
    return {
        "customer": pin.customer,
        "resource": pin.resource,
        "fingerprints": list(pin.fingerprints),
        "by": pin.by,
        "at": pin.at.isoformat(),
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"
