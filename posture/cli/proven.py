"""What this program itself has verified of an authorization, or seen revoked, stands above the inventory's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from posture.cli.errors import NotAllowed
from posture.cli.options import stored
from posture.model.customer import AuthorizationMethod, Customer, IPNetwork
from posture.model.grant import Grant
from posture.model.revocation import Revocation
from posture.model.text import visible

BY_TOKEN = frozenset({AuthorizationMethod.DNS_TXT, AuthorizationMethod.HTTP_TOKEN})


def held_against(customers: Sequence[Customer], database: str, at: datetime) -> list[Customer]:
    """The customers as the database's proofs and revocations leave them.

    Where the method is a token (dns-txt, http-token), the reference must be that of a verified authorization of this
    very customer that holds, and nothing beyond what it proves is in scope.

    Raises:
        NotAllowed: one of them may not be contacted.
    """
    proofs = proofs_in(database)
    return [proofs.hold(customer, at) for customer in customers]


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was revoked, by customer and reference, and what was verified, by reference."""

    revoked: Mapping[tuple[str, str], Revocation]
    grants: Mapping[str, Grant]

    def hold(self, customer: Customer, at: datetime) -> Customer:
        """The customer as the proofs leave them.

        Raises:
            NotAllowed: they may not be contacted.
        """
        reference = customer.authorization.reference
        if (end := self.revoked.get((customer.id, reference))) is not None:
            raise _was_revoked(customer, end)
        by_token = customer.authorization.method in BY_TOKEN
        return _narrowed(customer, self.grants.get(reference), at) if by_token else customer


def proofs_in(database: str) -> Proofs:
    """All that a database holds of proofs and their ends; nothing where there is no database."""
    if not _is_there(database):
        return Proofs({}, {})
    with stored(database) as store:
        revoked = {(one.customer, one.reference): one for one in reversed(store.revoked_since())}
        return Proofs(revoked, {one.reference: one for one in store.grants()})


def _is_there(database: str) -> bool:
    """Nobody has proven or revoked anything in a database that is not there; asking must not make one."""
    file = database.removeprefix("sqlite:///")
    return file == database or Path(file).exists()


def _was_revoked(customer: Customer, end: Revocation) -> NotAllowed:
    why = f" ({visible(end.reason, 200)})" if end.reason else ""
    return NotAllowed(
        f"{customer.id}: the authorization {visible(end.reference, 100)} was revoked on "
        f"{end.at:%Y-%m-%d %H:%M %Z} by {visible(end.by, 60)}{why}; nothing was sent",
        "agree on it afresh, and write the new reference into the inventory",
    )


def _narrowed(customer: Customer, grant: Grant | None, at: datetime) -> Customer:
    shown = visible(customer.authorization.reference, 100)
    method = customer.authorization.method
    renew = (
        f"posture authorize start {customer.id} --method {method} with its --domain and --address, then: posture "
        f"authorize check {customer.id}, and write the reference into the inventory"
    )
    if grant is None or grant.customer != customer.id:
        raise NotAllowed(
            f"{customer.id}: the inventory says {method}, and {shown} is no verified authorization of it; "
            "nothing was sent",
            renew,
        )
    if not grant.covers(at):
        period = (
            f"{grant.valid_from.isoformat(timespec='minutes')} to {grant.valid_until.isoformat(timespec='minutes')}"
        )
        raise NotAllowed(f"{customer.id}: the authorization {shown} holds from {period} only; nothing was sent", renew)
    until = min(customer.authorization.valid_until, grant.valid_until)
    return replace(
        customer,
        authorization=replace(customer.authorization, valid_until=until),
        networks=tuple(common(customer.networks, grant.networks)),
    )


def by_word(grants: Iterable[Grant], at: datetime) -> list[IPNetwork]:
    """What an allocation or a contract that holds says to be the customer's."""
    return [n for one in grants if one.method not in BY_TOKEN and one.covers(at) for n in one.networks]


def common(agreed: Iterable[IPNetwork], proven: Iterable[IPNetwork]) -> list[IPNetwork]:
    """What is in a network of either side."""
    both = [
        one if one.prefixlen >= other.prefixlen else other
        for one in agreed
        for other in proven
        if one.version == other.version and one.overlaps(other)
    ]
    return list(dict.fromkeys(both))
