from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from posture.cli.allocation import PROSPECTS, allocated_to, read_allocation
from posture.cli.authorize_list import publication
from posture.cli.authorize_targets import (
    domain_target,
    network_target,
    proven_by_token,
    refuse_shared,
    shown_target,
)
from posture.cli.errors import Exit, Usage
from posture.cli.operator_name import operator_name
from posture.cli.options import database_option, now, stored
from posture.cli.output import note, say
from posture.cli.proven import BY_TOKEN, by_word
from posture.model.challenge import Challenge
from posture.model.customer import AuthorizationMethod, IPAddress, IPNetwork
from posture.model.grant import Grant, Proof
from posture.model.text import visible
from posture.store.store import Store

TO_PLACE = timedelta(days=14)
HOLDS = {True: timedelta(days=90), False: timedelta(days=365)}  # by a token; by a contract or an allocation
LONGEST_BY_TOKEN = timedelta(days=366)  # domains and addresses change hands
_CUSTOMER = re.compile("[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be proven or stored: whose, under which reference, until when, by which operator."""

    store: Store
    customer: str
    name: str
    method: AuthorizationMethod
    reference: str
    domains: tuple[str, ...]
    networks: tuple[IPNetwork, ...]
    at: datetime
    until: datetime

    def covered(self, address: IPAddress) -> bool:
        """Whether an allocation or a contract says already that the address is the customer's."""
        return any(address in network for network in by_word(self.store.grants(self.customer), self.at))


@click.command()
@click.argument("customer")
@click.option("--name", default="", help="The customer's or prospect's name, as reports show it.")
@click.option("--domain", "domains", multiple=True, metavar="D", help="A domain; repeatable.")
@click.option("--address", "addresses", multiple=True, metavar="A", help="An address or a network; repeatable.")
@click.option("--method", required=True, type=click.Choice([one.value for one in AuthorizationMethod]))
@click.option("--reference", default="", metavar="REF", help="Of the contract; otherwise made up where it is missing.")
@click.option("--signed-by", default="", metavar="NAME", help="Who signed the contract.")
@click.option(
    "--allocation", type=click.Path(path_type=Path), help="The provider's list: network,customer,valid_until."
)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, UTC; default: 90 days, by contract 365.")
@database_option
def start(
    customer: str,
    name: str,
    domains: tuple[str, ...],
    addresses: tuple[str, ...],
    method: str,
    reference: str,
    signed_by: str,
    allocation: Path | None,
    until: datetime | None,
    database: str,
) -> int:
    """Begin an authorization of CUSTOMER: an id of the inventory, or a prospect's new one.

    \b
    posture authorize start new-gmbh --name "New GmbH" --domain new.example --method dns-txt
    posture authorize start new-gmbh --address 203.0.113.7 --method http-token
    posture authorize start new-gmbh --domain new.example --address 203.0.113.0/28 --method contract \\
        --reference MSA-43 --signed-by "Jane Doe"
    posture authorize start new-gmbh --method own-allocation --allocation networks.csv

    By dns-txt and http-token it prints what to publish for each domain and address, within 14 days; posture authorize
    check then looks for it. A contract and the provider's own list count at once, by the word of whoever runs this.
    Nothing is sent.
    """
    kind = AuthorizationMethod(method)
    if not _CUSTOMER.fullmatch(customer) or customer == PROSPECTS:
        raise Usage(
            f"{visible(customer, 80)} is no customer id", "use small letters, digits and hyphens, like new-gmbh"
        )
    _refuse_misplaced(kind, reference, signed_by, allocation, domains)
    names = tuple(dict.fromkeys(map(domain_target, domains)))
    networks = tuple(dict.fromkeys(map(network_target, addresses)))
    if not (names or networks or kind is AuthorizationMethod.OWN_ALLOCATION):
        raise Usage("what may be looked at?", "name --domain and --address, each as often as needed")
    at = now()
    reference = _reference(reference, customer, at)
    with stored(database) as store:
        _refuse_taken(store, customer, reference)
        name = name.strip() or _known_name(store, customer)
        asked = _Asked(store, customer, name, kind, reference, names, networks, at, _until(until, kind, at))
        if kind in BY_TOKEN:
            return _challenge(asked)
        if kind is AuthorizationMethod.CONTRACT:
            return _contract(asked, signed_by.strip())
        assert allocation is not None  # noqa: S101  refused above
        return _allocation(asked, allocation)


def _refuse_misplaced(
    kind: AuthorizationMethod, reference: str, signed_by: str, allocation: Path | None, domains: Sequence[str]
) -> None:
    contract = kind is AuthorizationMethod.CONTRACT
    if contract and not (reference.strip() and signed_by.strip()):
        raise Usage("a contract has a reference and a signer", 'add --reference MSA-43 --signed-by "Jane Doe"')
    if signed_by and not contract:
        raise Usage(f"--signed-by is for a contract, not for {kind}", "leave it out, or use --method contract")
    own = kind is AuthorizationMethod.OWN_ALLOCATION
    if own and allocation is None:
        raise Usage("the provider's list is missing", "name it with --allocation FILE: network,customer,valid_until")
    if allocation is not None and not own:
        raise Usage(f"--allocation is for own-allocation, not for {kind}", "leave it out")
    if own and domains:
        raise Usage("a list of networks says nothing of domains", "prove the domain with --method dns-txt")


def _challenge(asked: _Asked) -> Exit:
    refuse_shared(asked.networks)
    targets = [*asked.domains, *proven_by_token(asked.networks, asked.method, asked.covered)]
    known = {one.target for one in asked.store.challenges(asked.customer, asked.reference)}
    if again := [one for one in targets if one in known]:
        raise Usage(
            f"{asked.reference} asks for {', '.join(again[:5])} already",
            f"posture authorize show {shlex.quote(asked.reference)} prints what to publish",
        )
    issued = [
        Challenge(
            reference=asked.reference,
            customer=asked.customer,
            name=asked.name,
            target=target,
            method=asked.method,
            token=secrets.token_urlsafe(32),
            issued=asked.at,
            issued_by=operator_name(),
            expires=asked.at + TO_PLACE,
            valid_until=asked.until,
        )
        for target in dict.fromkeys(targets)
    ]
    asked.store.add_challenges(issued)
    say(f"Authorization {asked.reference} of {asked.name} ({asked.customer}) waits for proof.")
    for one in issued:
        for line in publication(one):
            say(line)
    say(f"Publish it until {issued[0].expires:%d %b %Y %H:%M %Z}, and keep it there until it was seen.")
    note(f"  next: posture authorize check {asked.customer}")
    return Exit.DONE


def _contract(asked: _Asked, signer: str) -> Exit:
    refuse_shared(asked.networks)
    seen = f"contract {asked.reference}, signed by {signer}; by the word of {operator_name()}"
    return _store(asked, signer, [(target, seen) for target in (*asked.domains, *map(shown_target, asked.networks))])


def _allocation(asked: _Asked, file: Path) -> Exit:
    allocation = read_allocation(file)
    own = (one for one in allocation if one.customer == asked.customer)
    networks = asked.networks or tuple(one.network for one in own if one.until is None or asked.at < one.until)
    found = [(network, allocated_to(allocation, asked.customer, network, asked.at)) for network in networks]
    if outside := [shown_target(network) for network, line in found if line is None]:
        raise Usage(
            f"{file} does not give {', '.join(outside[:8])} to {asked.customer}",
            f"correct the list, or name what it has for {asked.customer} or for {PROSPECTS}",
        )
    lines = [(network, line) for network, line in found if line is not None]
    if not lines:
        raise Usage(f"{file} has nothing that holds for {asked.customer}", "name its networks with --address")
    ends = min((line.until for _, line in lines if line.until is not None), default=asked.until)
    seen = [
        (shown_target(network), f"{file}:{line.line}: {line.network},{line.customer}; by the word of {operator_name()}")
        for network, line in lines
    ]
    return _store(asked, "the provider's own allocation", seen, min(ends, asked.until))


def _store(asked: _Asked, granted_by: str, seen: Sequence[tuple[str, str]], until: datetime | None = None) -> Exit:
    """Keep what counts at once."""
    kept = asked.store.grant(asked.reference)
    until = until or asked.until
    if kept is not None and (kept.granted_by, kept.method) != (granted_by, asked.method):
        raise Usage(
            f"{asked.reference} is kept as {kept.method} by {kept.granted_by} already", "use a reference of its own"
        )
    grant = Grant(
        reference=asked.reference,
        customer=asked.customer,
        name=asked.name,
        method=asked.method,
        granted_by=granted_by,
        valid_from=asked.at,
        valid_until=until,
        proofs=tuple(Proof(target, asked.method, asked.at, what) for target, what in seen),
        recorded_by=operator_name(),
    )
    asked.store.save_grant(grant)
    until = kept.valid_until if kept is not None else until
    say(f"Authorization {asked.reference} of {asked.name} ({asked.customer}) holds until {until:%d %b %Y %H:%M %Z}:")
    for target, what in seen:
        say(f"  {target}  {what}")
    note(f"  next: posture precheck --name {shlex.quote(asked.name)} --authorization {shlex.quote(asked.reference)}")
    return Exit.DONE


def _until(day: datetime | None, kind: AuthorizationMethod, at: datetime) -> datetime:
    by_token = kind in BY_TOKEN
    if day is None:
        return at + HOLDS[by_token]
    end = datetime.combine(day.date(), datetime.min.time(), UTC) + timedelta(days=1)
    if end <= at:
        raise Usage(f"{day:%Y-%m-%d} has passed", "name a day in the future with --until")
    if by_token and end > at + LONGEST_BY_TOKEN:
        raise Usage("a token proves nothing for longer than a year", "name an earlier day, and have it proven again")
    return end


def _reference(text: str, customer: str, at: datetime) -> str:
    reference = text.strip() or f"{customer}-{at:%Y%m%d}-{secrets.token_hex(3)}"
    if len(reference) > 100 or visible(reference) != reference:
        raise Usage(f"{visible(text, 60)} cannot be a reference", "use up to 100 printable characters, like MSA-43")
    return reference


def _refuse_taken(store: Store, customer: str, reference: str) -> None:
    kept = store.grant(reference)
    owners = {one.customer for one in store.challenges(reference=reference)} | ({kept.customer} if kept else set())
    if owners - {customer}:
        raise Usage(f"the reference {reference} is another customer's", "use one of its own: --reference REF")
    if any((one.customer, one.reference) == (customer, reference) for one in store.revoked_since()):
        raise Usage(f"{reference} was revoked", "agree on it afresh, under another --reference")


def _known_name(store: Store, customer: str) -> str:
    names = [*(one.name for one in store.grants(customer)), *(one.name for one in store.challenges(customer))]
    return names[-1] if names else customer
