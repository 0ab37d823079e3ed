"""The domain's mail exchangers, spoken to on port 25: those of the customer's that nobody else asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address

from posture.collect.dns.answer import State
from posture.collect.dns.lookup import LookupFailed
from posture.collect.email.asked import DomainAsked
from posture.collect.email.shared_exchangers import shared_service
from posture.collect.network.smtp.dane import held_against
from posture.collect.network.smtp.dialogue import PURPOSE, Wanted, speak
from posture.collect.network.smtp.look import customers_domains
from posture.collect.network.target import Target
from posture.collect.scope import OutOfScope, ScopeError, own_address
from posture.facts.email.routing import Exchanger, MailRouting
from posture.facts.email.servers import Dane, MailServer, MailServers
from posture.facts.email.zone import Security
from posture.facts.factset import Facts
from posture.model.customer import IPAddress, unmapped
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible

PORT = 25
MOST_ADDRESSES = 8  # of one domain
AT_ONCE = 2
TOO_MANY = f"only {MOST_ADDRESSES} addresses of a domain's exchangers are asked"
SHARED = "it belongs to {}, a mail service for many customers: it is not this customer's, and was not asked"


def read_servers(asked: DomainAsked, known: Facts) -> MailServers:
    """Speak with each exchanger's addresses that the gate permits, at most eight.

    What the inventory covers as a host is asked there; here only what depends on the domain: mailboxes that do not
    exist, and the certificate against the TLSA records.

    Args:
        asked: the look.
        known: what it has found so far: the routing.

    Raises:
        LookupFailed: the exchangers are not known.
    """
    routing = known.get(MailRouting)
    if not isinstance(routing, MailRouting):
        raise LookupFailed(f"who takes its mail is not known: {getattr(routing, 'reason', 'it was not looked up')}")
    look = _Look(asked, routing, _covered(asked))
    places = [(one, address) for one in routing.exchangers for address in one.addresses or ("",)]
    ours = dict.fromkeys(address for _, address in places if address and asked.gate.customer.in_scope(_parsed(address)))
    few = frozenset(list(ours)[:MOST_ADDRESSES])
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail") as pool:
        servers = tuple(pool.map(lambda place: look.at(place[0], place[1], few), places))
    return MailServers(asked.at, servers, asked.domain, routing.null_mx)


@dataclass(frozen=True, slots=True)
class _Look:
    """`hosts` are the addresses of the customer's hosts, each with its name in the inventory."""

    asked: DomainAsked
    routing: MailRouting
    hosts: Mapping[IPAddress, str]

    def at(self, exchanger: Exchanger, address: str, few: frozenset[str]) -> MailServer:
        """One address of an exchanger; `few` are those that are spoken to."""
        seen = MailServer(address, PORT, exchanger.name, self.asked.domain, tlsa=exchanger.tlsa)
        if not address:
            return replace(seen, not_asked=exchanger.error or exchanger.unknown or "it has no address")
        if not self.asked.gate.customer.in_scope(_parsed(address)):
            return self._outside(seen)
        if address not in few:
            return replace(seen, not_asked=TOO_MANY)
        return self._spoken(replace(seen, covered_by=self._host(address)), exchanger)

    def _outside(self, seen: MailServer) -> MailServer:
        """Nothing is sent there; the gate says and logs why."""
        service = shared_service(seen.name)
        if service:
            return replace(seen, shared=True, not_asked=SHARED.format(service))
        try:
            self.asked.gate.permit(seen.address, PURPOSE)
        except OutOfScope as refusal:
            return replace(seen, elsewhere=True, not_asked=str(refusal))
        except ScopeError as refusal:
            return replace(seen, not_asked=str(refusal))
        return seen

    def _host(self, address: str) -> str:
        if address == own_address(_parsed(address)):
            local = (one.id for one in self.asked.gate.customer.resources if one.local)
            return next(local, self.hosts.get(_parsed(address), ""))
        return self.hosts.get(_parsed(address), "")

    def _spoken(self, seen: MailServer, exchanger: Exchanger) -> MailServer:
        asked = self.asked
        target = Target(asked.gate, seen.address, asked.clock, asked.deadline, (exchanger.name,), asked.identity)
        domains = customers_domains(asked.gate.customer)
        only = bool(seen.covered_by)
        wanted = Wanted(PORT, name=exchanger.name, domains=domains, exchanger_of=asked.domain, domain_only=only)
        found, chain = speak(target, wanted, seen)
        outcome, why = self._dane(found, exchanger, chain)
        return replace(found, dane=outcome, dane_reason=visible(why, 400))

    def _dane(self, seen: MailServer, exchanger: Exchanger, chain: Sequence[bytes]) -> tuple[Dane, str]:
        """Senders use TLSA records only where every answer on the way to them is signed (RFC 7672, 2.2)."""
        if not exchanger.tlsa:
            return Dane.NONE, ""
        first = exchanger.security if self.routing.implicit else self.routing.security
        way = (first, exchanger.security, exchanger.tlsa_security)
        if any(one in {Security.INSECURE, Security.BOGUS} for one in way):
            return Dane.NONE, "not every answer on the way to its TLSA records is signed, so senders overlook them"
        if any(one is not Security.SECURE for one in way):
            return Dane.UNKNOWN, "no resolver that validates DNSSEC was asked"
        if seen.starttls is False:
            return Dane.DIFFERS, "it offers no STARTTLS, which TLSA records make senders demand"
        if seen.starttls_works is False:
            return Dane.DIFFERS, seen.tls_problem
        if not chain:
            return Dane.UNKNOWN, seen.not_asked or seen.ended or "its certificate was not seen"
        names = tuple(name for name in (exchanger.name, exchanger.alias, self.asked.domain) if name)
        return held_against(chain, exchanger.tlsa, names, self.asked.at)


def _covered(asked: DomainAsked) -> dict[IPAddress, str]:
    """Where the customer's hosts are: their addresses, and those that their names lead to."""
    found: dict[IPAddress, str] = {}
    for host in asked.gate.customer.resources:
        if host.kind is ResourceKind.HOST:
            for address in _addresses(asked, host):
                found.setdefault(address, host.id)
    return found


def _addresses(asked: DomainAsked, host: Resource) -> Iterator[IPAddress]:
    if host.local or not host.address:
        return
    with suppress(ValueError):
        yield _parsed(host.address)
        return
    for kind in ("A", "AAAA"):
        answer = asked.lookup.ask(host.address, kind)
        if answer.state is State.FOUND:
            yield from (_parsed(record.address) for record in answer.records)


def _parsed(address: str) -> IPAddress:
    return unmapped(ip_address(address))
