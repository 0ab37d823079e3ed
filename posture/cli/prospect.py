"""Who asks to become a customer, and what of theirs may be looked at: nothing that a verified authorization lacks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Protocol

from posture.cli.errors import NotAllowed, Usage
from posture.collect.action_log import ActionLog
from posture.collect.scope import ScopeGate
from posture.engine.clock import utc_now
from posture.model.customer import Customer, IPAddress, IPNetwork, unmapped
from posture.model.grant import Grant
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible

MOST_ADDRESSES = 16  # that are looked at when none is named
DNS_SECONDS = 20.0  # for the names of all addresses
MOST_NAMES = 8  # of one host
_NOTHING_SENT = "nothing was sent"


class Grants(Protocol):
    """Where verified authorizations are kept."""

    def grant(self, reference: str) -> Grant | None:
        """The one of this reference, ended or not; None where there is none that was verified."""


def granted(grants: Grants, reference: str, name: str, at: datetime) -> Grant:
    """The authorization of this reference, if it holds and is this prospect's.

    Raises:
        NotAllowed: it is none, has ended, was revoked, or is somebody else's.
    """
    shown = visible(reference, 100)
    start = f"posture authorize start ID --name {_quoted(name or 'NAME')} --domain DOMAIN --address ADDRESS"
    found = grants.grant(reference) if reference.strip() else None
    if found is None:
        raise NotAllowed(
            f"there is no verified authorization {shown or '(none was named)'}; {_NOTHING_SENT}",
            f"{start}, then: posture authorize check ID",
        )
    renew = start.replace(" ID ", f" {found.customer} ", 1)
    if found.revoked is not None:  # whatever clock wrote when
        why = f" ({visible(found.revoked_why)})" if found.revoked_why else ""
        when = f"{found.revoked:%Y-%m-%d %H:%M %Z}"
        raise NotAllowed(f"the authorization {shown} was revoked on {when}{why}; {_NOTHING_SENT}", renew)
    if not found.covers(at):
        period = f"{found.valid_from.isoformat()} to {found.valid_until.isoformat()}"
        raise NotAllowed(f"the authorization {shown} holds from {period} only; {_NOTHING_SENT}", renew)
    if name and _plain(name) not in {_plain(found.name), _plain(found.customer)}:
        raise NotAllowed(
            f"the authorization {shown} is that of {visible(found.name)}, not of {visible(name)}; {_NOTHING_SENT}",
            start,
        )
    return found


def prospect(grant: Grant, domains: Sequence[str], addresses: Sequence[str]) -> Customer:
    """The prospect as a customer: a host for each address and a domain for each name.

    Args:
        grant: holds now.
        domains: to look at; none together with no address is all that is proven.
        addresses: likewise.

    Raises:
        NotAllowed: one of them is not proven.
        Usage: one is no address, or nothing is left to look at.
    """
    every = not (domains or addresses)
    names = grant.domains if every else tuple(dict.fromkeys(_domain(name) for name in domains))
    hosts = _proven_addresses(grant.networks) if every else tuple(dict.fromkeys(map(_address, addresses)))
    proven = {_domain(name) for name in grant.domains}
    unproven = [name for name in names if _domain(name) not in proven]
    unproven += [str(one) for one in hosts if not any(one in network for network in grant.networks)]
    if unproven:
        options = " ".join(f"--{'address' if _is_address(one) else 'domain'} {one}" for one in unproven[:4])
        raise NotAllowed(
            f"the authorization {visible(grant.reference, 100)} does not cover "
            f"{', '.join(visible(one) for one in unproven[:8])}; {_NOTHING_SENT}",
            f"posture authorize start {grant.customer} --name {_quoted(grant.name)} {options}, "
            f"then: posture authorize check {grant.customer}",
        )
    if not (names or hosts):
        raise NotAllowed(f"the authorization {visible(grant.reference, 100)} proves nothing; {_NOTHING_SENT}")
    resources = (
        *(Resource(ResourceKind.HOST, resource_id(one), str(one)) for one in hosts),
        *(Resource(ResourceKind.DOMAIN, _domain(name)) for name in names),
    )
    return Customer(grant.customer, grant.name, grant.authorization, grant.networks, resources=resources)


def still_covered(grant: Grant, customer: Customer) -> Customer:
    """The prospect of an earlier check under what is proven now.

    Raises:
        NotAllowed: something of it is not proven any more.
    """
    domains = [r.id for r in customer.resources if r.kind is ResourceKind.DOMAIN]
    addresses = [r.address for r in customer.resources if r.kind is ResourceKind.HOST]
    return replace(prospect(grant, domains, addresses), resources=customer.resources)


def resource_id(address: IPAddress) -> str:
    """What a host is called whose address alone is known; an inventory takes it."""
    return str(address) if address.version == 4 else f"ipv6-{str(address).replace(':', '-')}"


def with_names(customer: Customer, log: ActionLog) -> Customer:
    """The prospect with the proven names of each address: its domains, with and without www, that lead there.

    The DNS is asked through the resolvers of POSTURE_RESOLVER; a name that it does not tell is left out.
    """
    domains = [r.id for r in customer.resources if r.kind is ResourceKind.DOMAIN]
    hosts = [r for r in customer.resources if r.kind is ResourceKind.HOST]
    if not (domains and hosts):
        return customer
    found: dict[str, list[str]] = {}
    for name, address in _led_to(customer, log, [name for one in domains for name in (one, f"www.{one}")]):
        found.setdefault(address, []).append(name)
    named = tuple(
        replace(r, names=tuple(found.get(r.address, ())[:MOST_NAMES])) if r.kind is ResourceKind.HOST else r
        for r in customer.resources
    )
    return replace(customer, resources=named)


def _led_to(customer: Customer, log: ActionLog, names: Iterable[str]) -> list[tuple[str, str]]:
    """Name and address, for each address that a name has."""
    from posture.collect.dns.lookup import Lookup  # noqa: PLC0415  dnspython takes 60 ms to load
    from posture.collect.dns.resolvers import NoResolver, named_resolvers  # noqa: PLC0415

    try:
        known = named_resolvers(os.environ.get("POSTURE_RESOLVER", ""))
    except NoResolver:
        return []
    gate = ScopeGate(customer, "precheck", utc_now, log)
    permit = gate.permit_service(customer.id, "ask the DNS for the names of addresses")
    end = utc_now().timestamp() + DNS_SECONDS
    lookup = Lookup(gate, permit, known, lambda: end - utc_now().timestamp())
    try:
        answers = [(name, lookup.ask(name, kind)) for name in names for kind in ("A", "AAAA")]
    finally:
        lookup.close()
    pairs = [(name, str(_address(record.address))) for name, answer in answers for record in answer.records]
    return list(dict.fromkeys(pairs))


def _proven_addresses(networks: Sequence[IPNetwork]) -> tuple[IPAddress, ...]:
    """All addresses of small networks.

    Raises:
        Usage: they are too many to be meant.
    """
    many = sum(network.num_addresses for network in networks)
    if many > MOST_ADDRESSES:
        raise Usage(f"the authorization covers {many:,} addresses", "name those to look at: --address A, once for each")
    return tuple(dict.fromkeys(unmapped(one) for network in networks for one in network))


def _address(text: str) -> IPAddress:
    try:
        return unmapped(ip_address(text.strip()))
    except ValueError:
        raise Usage(f"{visible(text, 80)} is no address", "write it like 203.0.113.7, or name a --domain") from None


def _is_address(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _domain(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise Usage(f"{visible(text, 80)} is no domain", "write it like new.example") from None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _quoted(name: str) -> str:
    return '"' + visible(name, 100).replace('"', "'") + '"'
