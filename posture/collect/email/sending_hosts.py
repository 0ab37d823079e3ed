"""The customer's own hosts that may send for the domain, and whether their names lead back to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address, ip_network

from posture.collect.dns.answer import State
from posture.collect.dns.lookup import Lookup, LookupFailed
from posture.collect.email.asked import DomainAsked
from posture.facts.email.routing import MailRouting, SendingHost, SendingHosts
from posture.facts.email.servers import MailServers
from posture.facts.email.spf import SpfPolicy
from posture.facts.factset import Facts
from posture.model.customer import Customer, IPAddress, IPNetwork, unmapped
from posture.model.resource import ResourceKind
from posture.model.text import visible

MOST_HOSTS = 32
MOST_NAMES = 8  # of one address
SMALL = 4  # bits of an address: of networks up to 16 addresses each is looked at


def read_sending_hosts(asked: DomainAsked, known: Facts) -> SendingHosts:
    """Find the customer's addresses that may send, and ask for their names.

    An address that SPF names by itself sends. Of a network that SPF lets send as a whole, those addresses do that are
    a mail exchanger's, a host's of the inventory, or, in networks of at most 16 addresses, have a name.

    Args:
        asked: the look.
        known: what it has found so far: routing, SPF and what mail servers greet with.

    Raises:
        LookupFailed: neither exchangers nor SPF are known.
    """
    routing, spf, servers = known.get(MailRouting), known.get(SpfPolicy), known.get(MailServers)
    if not isinstance(routing, MailRouting) and not isinstance(spf, SpfPolicy):
        raise LookupFailed("neither who takes the domain's mail nor who may send it is known")
    customer = asked.gate.customer
    taking = _exchangers(routing, customer) if isinstance(routing, MailRouting) else {}
    sending = dict(_by_spf(spf, customer, taking)) if isinstance(spf, SpfPolicy) and spf.records else taking
    greetings = _greetings(servers) if isinstance(servers, MailServers) else {}
    hosts = (
        _host(asked.lookup, address, why, greetings.get(str(address), ""))
        for address, why in list(sending.items())[:MOST_HOSTS]
    )
    kept = tuple(host for host in hosts if host.why != _NETWORK or host.names or host.unknown)
    return SendingHosts(asked.domain, asked.at, kept, max(0, len(sending) - MOST_HOSTS))


_NETWORK = "SPF lets its whole network send"


def _exchangers(routing: MailRouting, customer: Customer) -> dict[IPAddress, str]:
    return {
        address: f"it is the mail exchanger {one.name}"
        for one in routing.exchangers
        for address in map(ip_address, one.addresses)
        if customer.in_scope(address)
    }


def _by_spf(spf: SpfPolicy, customer: Customer, taking: dict[IPAddress, str]) -> Iterator[tuple[IPAddress, str]]:
    """The customer's addresses that SPF lets send, those it names by themselves first."""
    networks = list(_allowed(spf))
    told = set()
    for network, term in networks:
        address = unmapped(network.network_address)
        if network.num_addresses == 1 and customer.in_scope(address):
            told.add(address)
            yield address, f"SPF names it ({term})"
    for address, why in (*taking.items(), *_hosts(customer)):
        if address not in told and any(address in network for network, _ in networks):
            told.add(address)
            yield address, f"SPF lets it send, and {why}"
    for network, _ in networks:
        for address in _each(network, customer):
            if address not in told:
                told.add(address)
                yield address, _NETWORK


def _allowed(spf: SpfPolicy) -> Iterator[tuple[IPNetwork, str]]:
    for term in (term for record in spf.records for term in record.terms if term.qualifier == "+"):
        for text in term.networks:
            with suppress(ValueError):
                yield ip_network(text), term.text


def _hosts(customer: Customer) -> Iterator[tuple[IPAddress, str]]:
    for resource in customer.resources:
        if resource.kind is ResourceKind.HOST:
            with suppress(ValueError):
                address = unmapped(ip_address(resource.address))
                if customer.in_scope(address):
                    yield address, f"it is the host {resource.id}"


def _each(network: IPNetwork, customer: Customer) -> Iterator[IPAddress]:
    """The addresses of a network that the customer has, where the smaller one of the two is small."""
    for own in customer.networks:
        if own.version != network.version or not own.overlaps(network):
            continue
        smaller = max(own, network, key=lambda one: one.prefixlen)
        if 1 < smaller.num_addresses <= 1 << SMALL:
            yield from filter(customer.in_scope, smaller)


def _greetings(servers: MailServers) -> dict[str, str]:
    return {server.address: server.helo for server in servers.servers if server.helo}


def _host(lookup: Lookup, address: IPAddress, why: str, greeting: str) -> SendingHost:
    """Ask for the names of an address, and where they lead (forward-confirmed reverse DNS: RFC 8601, 2.7.3)."""
    back = lookup.ask(f"{address.reverse_pointer}.", "PTR")
    host = SendingHost(str(address), why, greeting=greeting, pointer=address.reverse_pointer)
    if back.state is State.FAILED:
        return replace(host, unknown=f"its name: {back.failed}")
    names = [record.target.to_text(omit_final_dot=True).lower() for record in back.records][:MOST_NAMES]
    forward, unknown = _forward(lookup, address, (*names, greeting) if greeting else names)
    return replace(
        host,
        names=tuple(map(visible, names)),
        confirmed=tuple(visible(name) for name in names if str(address) in forward[name]),
        greeting_at=forward.get(greeting, ()),
        unknown=unknown,
    )


def _forward(lookup: Lookup, address: IPAddress, names: Sequence[str]) -> tuple[dict[str, tuple[str, ...]], str]:
    """The addresses of each name, and what could not be asked."""
    found: dict[str, tuple[str, ...]] = {}
    unknown = ""
    for name in names:
        answer = lookup.ask(name, "AAAA" if address.version == 6 else "A")
        if answer.state is State.FAILED:
            unknown = f"the address of {visible(name)}: {answer.failed}"
        found[name] = tuple(str(ip_address(record.address)) for record in answer.records)
    return found, unknown
