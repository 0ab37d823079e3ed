"""A domain's facts: each reader by itself, so that a question without an answer takes one fact away and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, Final

from posture.collect.dns.lookup import Lookup, LookupFailed
from posture.collect.dns.resolvers import NoResolver, named_resolvers
from posture.collect.email.asked import DomainAsked
from posture.collect.email.brand import read_brand
from posture.collect.email.dkim.read import read_dkim
from posture.collect.email.dmarc.read import read_dmarc
from posture.collect.email.mta_sts import read_mta_sts
from posture.collect.email.routing import read_routing
from posture.collect.email.sending_hosts import read_sending_hosts
from posture.collect.email.servers import read_servers
from posture.collect.email.spf.read import read_spf
from posture.collect.email.tls_reporting import read_tls_reporting
from posture.collect.email.zone import read_zone
from posture.collect.network.identity import Identity
from posture.collect.scope import ScopeError, ScopeGate
from posture.facts.email.dkim import DkimKeys
from posture.facts.email.dmarc import DmarcPolicy
from posture.facts.email.routing import MailRouting, SendingHosts
from posture.facts.email.servers import MailServers
from posture.facts.email.spf import SpfPolicy
from posture.facts.email.transport import BrandIndicator, MtaSts, TlsReporting
from posture.facts.email.zone import DnsZone
from posture.facts.factset import DOMAIN, Facts, without
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource

Reader = Callable[[DomainAsked], Any]
Following = Callable[[DomainAsked, Facts], Any]

READERS: Final[Mapping[type[Any], Reader]] = {
    DnsZone: read_zone,
    SpfPolicy: read_spf,
    DkimKeys: read_dkim,
    DmarcPolicy: read_dmarc,
    MailRouting: read_routing,
    TlsReporting: read_tls_reporting,
    BrandIndicator: read_brand,
}
"""Fact -> who reads it. They share the lookup, so that a question is asked once whoever needs its answer."""

FOLLOWING: Final[Mapping[type[Any], Following]] = {
    MailServers: read_servers,
    SendingHosts: read_sending_hosts,
    MtaSts: read_mta_sts,
}
"""Fact -> who reads it once the others are known, which it is given, with those before it here."""

AT_ONCE = 8  # readers; they mostly wait


def collect_domain(  # noqa: PLR0913, PLR0917  what is looked at, by whom, until when, and through which resolvers
    resource: Resource,
    gate: ScopeGate,
    clock: Callable[[], datetime],
    deadline: datetime,
    identity: Identity,
    resolvers: str,
) -> Facts:
    """What the DNS and the mail servers say of a domain; every type of DOMAIN, Unavailable where it is not known.

    Args:
        resource: a domain.
        gate: of the resource's customer.
        clock: tells the time, aware.
        deadline: when to stop, aware.
        identity: what the auditor calls itself.
        resolvers: who to ask, as POSTURE_RESOLVER has it.
    """
    try:
        permit = gate.permit_service(resource.id, "ask the DNS")
        known = named_resolvers(resolvers)
    except (ScopeError, NoResolver) as refusal:
        return without(str(refusal), DOMAIN)

    def left() -> float:
        return (deadline - clock()).total_seconds()

    lookup = Lookup(gate, permit, known, left)
    asked = DomainAsked(resource, lookup, gate, clock, deadline, identity, clock())
    try:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="domain") as pool:
            facts = dict(zip(READERS, pool.map(lambda read: _read(read, asked), READERS.values()), strict=True))
        for fact, read in FOLLOWING.items():
            facts[fact] = _read(partial(_follow, read, facts), asked)
        return facts
    finally:
        lookup.close()


def _follow(read: Following, facts: Facts, asked: DomainAsked) -> Any:
    return read(asked, facts)


def _read(read: Reader, asked: DomainAsked) -> Any:
    try:
        return read(asked)
    except (LookupFailed, ScopeError) as error:
        return Unavailable(str(error))
