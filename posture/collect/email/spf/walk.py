"""What a record leads to for a sender that it does not name: the worst case, and all it says on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Final

from posture.collect.email.spf.check_host import Evaluation, Visit
from posture.collect.email.spf.macros import Message
from posture.collect.email.spf.names import Ask
from posture.facts.email.spf import SpfRecord, SpfResult, SpfTerm
from posture.model.customer import IPAddress, IPNetwork
from posture.model.text import visible

FAR: Final = 40  # questions that are counted where more than ten are asked: how many too many says what to take out
MOST_RECORDS: Final = 60
HALF: Final = {4: 2**31, 6: 2**124}  # of all IPv4 addresses; of all that are global in IPv6 (2000::/3)
_WIDE: Final = {4: 8, 6: 16}  # a network of this prefix or a shorter one names nobody in particular
_STRANGERS: Final = {
    4: ("192.0.2.77", "203.0.113.77", "198.51.100.77", "233.252.0.77", "198.18.0.77"),
    6: ("2001:db8:7777::77", "3fff:77::77", "2001:2:0:77::77"),
}
"""Addresses that belong to nobody (RFC 5737, 3849, 9637, 6676, 2544, 5180): records name them in examples only."""
_LAXEST: Final = (
    SpfResult.PASS, SpfResult.TEMPERROR, SpfResult.PERMERROR, SpfResult.NONE, SpfResult.NEUTRAL, SpfResult.SOFTFAIL,
    SpfResult.FAIL,
)  # fmt: skip


def walked(ask: Ask, domain: str) -> Evaluation:
    """A run that asks on beyond the limits and past a match, as far as `FAR`; its visits are the tree."""
    message = message_of(ip_address(_STRANGERS[4][0]), domain)
    run = Evaluation(ask, message, most_lookups=FAR, most_void=FAR, most_names=FAR, both=True)
    run.result(domain)
    return run


def message_of(address: IPAddress, domain: str) -> Message:
    """A message from the domain's postmaster that comes from the address."""
    return Message(address, f"postmaster@{domain}", domain)


def of_strangers(ask: Ask, domain: str, networks: Iterable[IPNetwork]) -> tuple[SpfResult, Evaluation]:
    """The laxest result of an IPv4 and an IPv6 address that no record names, and the run that came to it."""
    known = tuple(networks)
    four, six = (Evaluation(ask, message_of(_stranger(version, known), domain)) for version in (4, 6))
    # Names without an IPv6 address find nothing for a sender of that family. Few count that against the record.
    runs = [four, replace(six, most_void=FAR)]
    results = [(run.result(domain), run) for run in runs]
    return min(results, key=lambda pair: _LAXEST.index(pair[0]))


def _stranger(version: int, known: tuple[IPNetwork, ...]) -> IPAddress:
    named = [one for one in known if one.version == version and one.prefixlen > _WIDE[version]]
    every = [ip_address(text) for text in _STRANGERS[version]]
    return next((one for one in every if not any(one in network for network in named)), every[0])


def records_of(visits: Iterable[Visit]) -> Iterator[SpfRecord]:
    """The tree, each record once."""
    seen: set[str] = set()
    for visit in visits:
        name = visit.domain.lower()
        if name not in seen and len(seen) < MOST_RECORDS:
            seen.add(name)
            terms = tuple(
                SpfTerm(
                    visible(step.term.text, 300), step.term.name, step.term.qualifier, visible(step.target, 253),
                    step.networks, step.lookups, step.void,
                )
                for step in visit.terms
            )  # fmt: skip
            yield SpfRecord(visible(visit.domain, 253), visible(visit.text, 4096), visit.depth, terms, visit.error)


def passing(visits: Iterable[Visit]) -> tuple[IPNetwork, ...]:
    """The networks that the record lets pass: those whose mechanism, and every include on the way, says so."""
    found: list[IPNetwork] = []
    for visit in visits:
        if all(qualifier == "+" for qualifier in visit.qualifiers):
            for step in visit.terms:
                if step.term.qualifier == "+":
                    found += map(ip_network, step.networks)
    v4 = collapse_addresses(one for one in found if isinstance(one, IPv4Network))
    v6 = collapse_addresses(one for one in found if isinstance(one, IPv6Network))
    return (*v4, *v6)


def holds_everyone(networks: Iterable[IPNetwork]) -> bool:
    """Whether at least half of all addresses of a family are in them."""
    sizes = {4: 0, 6: 0}
    for network in networks:
        sizes[network.version] += network.num_addresses
    return any(sizes[version] >= most for version, most in HALF.items())


def shared_senders(visits: Iterable[Visit]) -> tuple[str, ...]:
    """The services for many senders among the names that are included, in the order of the record."""
    suffixes = _shared_suffixes()
    names = (visit.domain.lower() for visit in visits if visit.depth > 0)
    return tuple(dict.fromkeys(name for name in names if any(f".{name}".endswith(f".{one}") for one in suffixes)))


def _shared_suffixes() -> tuple[str, ...]:
    lines = (files("posture.collect.email.spf") / "shared_senders.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip())
