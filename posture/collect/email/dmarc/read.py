"""The DMARC policy that applies to a domain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from posture.collect.dns.lookup import Lookup, State
from posture.collect.email.asked import DomainAsked
from posture.collect.email.dmarc.addresses import addresses
from posture.collect.email.dmarc.record import DmarcRecord, is_dmarc
from posture.collect.email.dmarc.walk import Walk, walk
from posture.facts.email.dmarc import LOWER, DmarcPolicy
from posture.model.text import visible

MOST_TEXT = 4096  # characters of a record that are kept
MOST_TEXTS = 10
MOST_PROBLEMS = 10
_ALIKE = re.compile(r"[\s\"'“”]*v\s*=\s*dmarc", re.IGNORECASE)
_HAS_POLICY = re.compile(r"(?=.*\bv\s*=\s*dmarc)(?=.*\bp\s*=)", re.IGNORECASE | re.DOTALL)


def read_dmarc(asked: DomainAsked) -> DmarcPolicy:
    """Walk from the domain upwards, and read what applies to it.

    Raises:
        LookupFailed: whether the domain has a record is not known.
    """
    lookup, domain = asked.lookup, asked.domain
    answer = lookup.found(f"_dmarc.{domain}", "TXT")
    texts = tuple(text for text in answer.texts if is_dmarc(text))
    way = walk(domain, lambda name: _texts(lookup, name))
    policy = DmarcPolicy(
        domain=domain,
        observed=asked.at,
        texts=tuple(visible(text, MOST_TEXT) for text in texts[:MOST_TEXTS]),
        organizational=way.organizational,
        unknown=_unknown(lookup, way),
        elsewhere=tuple(_misspelt(answer.texts, f"_dmarc.{domain}") if texts else _elsewhere(lookup, domain)),
    )
    if len(texts) > 1:
        policy = replace(policy, broken=f"{len(texts)} records stand there, and receivers then take none of them")
    if way.own is None and way.stopped:
        return policy
    return _applied(asked, way, policy)


def _texts(lookup: Lookup, domain: str) -> tuple[str, ...] | None:
    answer = lookup.ask(f"_dmarc.{domain}", "TXT")
    return None if answer.state is State.FAILED else answer.texts


def _unknown(lookup: Lookup, way: Walk) -> str:
    if not way.stopped:
        return ""
    return f"TXT of _dmarc.{visible(way.stopped)}: {lookup.ask(f'_dmarc.{way.stopped}', 'TXT').failed}"


def _applied(asked: DomainAsked, way: Walk, policy: DmarcPolicy) -> DmarcPolicy:
    """With the record that applies to the domain, and the one that applies to its subdomains."""
    found = way.applied
    if found is None:
        return policy
    record, own = found.record, found.domain == asked.domain
    policy = _subdomains(way, policy)

    def organization(domain: str) -> str:
        return walk(domain, lambda name: _texts(asked.lookup, name)).organizational

    return replace(
        policy,
        applied=visible(record.text, MOST_TEXT),
        found_at=visible(found.domain),
        policy=record.policy if own else _inherited(asked, record),
        testing=record.testing,
        percent=record.percent,
        psd=record.psd,
        strict_dkim=record.strict_dkim,
        strict_spf=record.strict_spf,
        aggregate=addresses(record.aggregate, found.domain, asked.lookup, organization, "rua"),
        failure=addresses(record.failure, found.domain, asked.lookup, organization, "ruf"),
        tags=tuple((visible(name, 40), visible(value, 300)) for name, value in record.tags[:30]),
        broken=policy.broken or (visible(record.broken, 300) if own else ""),
        problems=tuple(visible(one, 200) for one in record.problems[:MOST_PROBLEMS]) if own else (),
    )


def _subdomains(way: Walk, policy: DmarcPolicy) -> DmarcPolicy:
    """A record below the organizational domain does not apply to names below its own."""
    below = way.for_subdomains()
    if way.stopped or below is None:
        return policy
    asked = below.record.for_subdomains, below.record.for_nonexistent
    if below.record.testing and way.applied and not way.applied.record.testing:
        asked = LOWER[asked[0]], LOWER[asked[1]]
    return replace(policy, subdomains=asked[0], nonexistent=asked[1])


def _inherited(asked: DomainAsked, record: DmarcRecord) -> str:
    """What a parent's record says of the domain: another thing where the DNS has no such name (RFC 9989, 4.7)."""
    start = asked.lookup.found(asked.domain, "SOA")
    gone = start.state is State.NO_NAME and not start.alias
    return record.for_nonexistent if gone else record.for_subdomains


def _elsewhere(lookup: Lookup, domain: str) -> Iterator[str]:
    """DMARC texts where nobody looks: what is tried is what a form with a fixed end of the name makes of it."""
    right = f"_dmarc.{domain}"
    yield from _misspelt(lookup.ask(right, "TXT").texts, right)
    for name in (domain, f"{right}.{domain}", f"_dmarc.{right}", f"dmarc.{domain}"):
        yield from _alike(lookup.ask(name, "TXT").texts, name)


def _misspelt(texts: tuple[str, ...], name: str) -> Iterator[str]:
    return _alike(tuple(text for text in texts if not is_dmarc(text)), name)


def _alike(texts: tuple[str, ...], name: str) -> Iterator[str]:
    for text in texts[:MOST_TEXTS]:
        if _ALIKE.match(text) or _HAS_POLICY.match(text[:MOST_TEXT]):
            yield f"{visible(name)}: {visible(text, 300)}"
