from __future__ import annotations

from typing import Any

import click

from posture.cli.options import database_option, existing, json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.model.sighting import SharedKey


@click.group()
def keys() -> None:
    """Keys that several customers have: for the provider's eyes only."""


@keys.command("shared", short_help="List the keys that several customers have.")
@json_option
@database_option
def shared(as_json: bool, database: str) -> None:
    """List each key that several customers have, with the customers and their hosts; those of most customers first.

    It names customers to each other, so it is for the provider's own team: no customer's report holds it. A key counts
    where it is authorized, an authority, or lies as a private half; host keys count for themselves. Lines that sshd
    ignores, and the key that the audit itself logs in with, are left out. It shows what the newest look at each host
    saw, also of customers who have left since.
    """
    with existing(database) as store:
        found = store.shared_keys()
    if as_json:
        print_json([_plain(key) for key in found])
        return
    if not found:
        say("No two customers have the same key")
        return
    rows = [
        (
            key.fingerprint,
            seen.role.value,
            str(key.customers),
            customer,
            resource,
            seen.account,
            seen.place,
            seen.comment,
        )
        for key in found
        for customer, resource, seen in key.places
    ]
    table(("KEY", "ROLE", "CUSTOMERS", "CUSTOMER", "HOST", "ACCOUNT", "WHERE", "COMMENT"), rows)
    note("This names customers to each other: it is not for them.")


def _plain(key: SharedKey) -> dict[str, Any]:
    return {
        "fingerprint": key.fingerprint,
        "type": key.places[0][2].type if key.places else "",
        "host_key": key.host_key,
        "customers": key.customers,
        "places": [
            {
                "customer": customer,
                "resource": resource,
                "role": seen.role.value,
                "account": seen.account,
                "admin": seen.admin,
                "place": seen.place,
                "comment": seen.comment,
            }
            for customer, resource, seen in key.places
        ],
    }
