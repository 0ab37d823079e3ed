from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from posture.cli.errors import Exit, Usage
from posture.cli.options import database_option, existing, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import say, table
from posture.collect.proof.places import PATH, address_of, dns_name
from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod
from posture.model.grant import Grant
from posture.model.revocation import Revocation
from posture.model.text import visible
from posture.store.store import Store


def publication(challenge: Challenge) -> tuple[str, ...]:
    """What to publish, word for word."""
    if challenge.method is AuthorizationMethod.DNS_TXT:
        return (f"  {challenge.target}: in the DNS", f'    {dns_name(challenge.target)}. 300 IN TXT "{challenge.text}"')
    address = address_of(challenge.target)
    host = f"[{address}]" if address is not None and address.version == 6 else challenge.target
    return (
        f"  {challenge.target}: on its web server (port 80), a file of one line, without a redirect",
        f"    http://{host}{PATH}",
        f"    {challenge.text}",
    )


@click.command("list")
@click.argument("customer", required=False, default="")
@json_option
@database_option
def list_(customer: str, as_json: bool, database: str) -> int:
    """List authorizations that were verified or wait for proof: of all customers, or of CUSTOMER."""
    with existing(database) as store:
        found = _all(store, customer)
    if customer and not found:
        raise Usage(f"nothing of {visible(customer, 80)} is in the database", "posture authorize list names everybody")
    if as_json:
        print_json(found)
        return Exit.DONE
    rows = [
        (
            one["reference"],
            one["customer"],
            one["method"],
            one["status"],
            one["valid_until"][:16],
            " ".join((*one["domains"], *one["networks"], *(f"({target}?)" for target in one["unproven"]))),
        )
        for one in found
    ]
    table(("REFERENCE", "CUSTOMER", "METHOD", "STATUS", "UNTIL", "WHAT (? NOT PROVEN)"), rows)
    return Exit.DONE


@click.command()
@click.argument("reference", metavar="REF")
@json_option
@database_option
def show(reference: str, as_json: bool, database: str) -> int:
    """Show the authorization REF: what proved it, when, and what has still to be published."""
    with existing(database) as store:
        found = next((one for one in _all(store, "") if one["reference"] == reference), None)
        waiting = [one for one in store.challenges(reference=reference) if found and one.target in found["unproven"]]
    if found is None:
        raise Usage(f"there is no authorization {visible(reference, 80)}", "posture authorize list names all")
    if as_json:
        tokens = [{"target": one.target, "publish": [*publication(one)[1:]]} for one in waiting]
        print_json(found | {"to_publish": [one | {"publish": [p.strip() for p in one["publish"]]} for one in tokens]})
        return Exit.DONE
    say(f"{found['reference']}: {found['name']} ({found['customer']}), {found['method']}, {found['status']}")
    say(f"  from {found['valid_from'] or '-'} until {found['valid_until']}, by {found['granted_by'] or '-'}")
    if found["revoked"]:
        say(f"  revoked {found['revoked']}: {found['revoked_why']}")
    for proof in found["proofs"]:
        say(f"  {proof['target']}  proven {proof['at'][:16]}: {proof['seen']}")
    for one in waiting:
        say(f"  not proven; to be published until {one.expires:%d %b %Y %H:%M %Z}:")
        for line in publication(one):
            say(f"  {line}")
    return Exit.DONE


def _all(store: Store, customer: str) -> list[dict[str, Any]]:
    at = now()
    challenges = store.challenges(customer)
    ended = {(one.customer, one.reference): one for one in reversed(store.revoked_since())}
    grants = store.grants(customer)
    found = [_granted(one, challenges, at) for one in grants]
    proven = {one.reference for one in grants}
    for reference in dict.fromkeys(one.reference for one in challenges if one.reference not in proven):
        mine = [one for one in challenges if one.reference == reference]
        found.append(_waiting(mine, ended.get((mine[0].customer, reference)), at))
    return sorted(found, key=lambda one: (one["customer"], one["valid_until"], one["reference"]))


def _granted(grant: Grant, challenges: Iterable[Challenge], at: datetime) -> dict[str, Any]:
    targets = {one.target for one in grant.proofs}
    status = "revoked" if grant.revoked else "valid" if grant.covers(at) else "expired"
    return {
        "reference": grant.reference,
        "customer": grant.customer,
        "name": grant.name,
        "method": str(grant.method),
        "status": status,
        "granted_by": grant.granted_by,
        "recorded_by": grant.recorded_by,
        "valid_from": grant.valid_from.isoformat(timespec="seconds"),
        "valid_until": grant.valid_until.isoformat(timespec="seconds"),
        "domains": list(grant.domains),
        "networks": list(map(str, grant.networks)),
        "proofs": [
            {"target": one.target, "method": str(one.method), "at": one.at.isoformat(), "seen": one.seen}
            for one in grant.proofs
        ],
        "unproven": [
            one.target for one in challenges if one.reference == grant.reference and one.target not in targets
        ],
        "revoked": grant.revoked.isoformat(timespec="seconds") if grant.revoked else None,
        "revoked_why": grant.revoked_why,
    }


def _waiting(challenges: Sequence[Challenge], ended: Revocation | None, at: datetime) -> dict[str, Any]:
    first = challenges[0]
    waits = any(one.open_at(at) for one in challenges)
    return {
        "reference": first.reference,
        "customer": first.customer,
        "name": first.name,
        "method": str(first.method),
        "status": "revoked" if ended else "waiting" if waits else "expired",
        "granted_by": "",
        "recorded_by": first.issued_by,
        "valid_from": None,
        "valid_until": first.valid_until.isoformat(timespec="seconds"),
        "domains": [],
        "networks": [],
        "proofs": [],
        "unproven": [one.target for one in challenges],
        "revoked": ended.at.isoformat(timespec="seconds") if ended else None,
        "revoked_why": ended.reason if ended else "",
    }
