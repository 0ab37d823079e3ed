"""The domain itself: does it exist, is it signed, who serves it, who may issue certificates for it."""

from __future__ import annotations

import secrets

from posture.collect.dns.lookup import Answer, Lookup, State
from posture.collect.email.asked import DomainAsked
from posture.facts.email.zone import CaaRecord, DnsZone, Security
from posture.model.text import visible

_NOT_VALIDATED = "no resolver that validates DNSSEC was asked: run one on this machine, or name one in POSTURE_RESOLVER"


def read_zone(asked: DomainAsked) -> DnsZone:
    """Look at the domain.

    Raises:
        LookupFailed: whether it exists is not known; signatures that do not hold are a fact, not a failure.
    """
    lookup, domain = asked.lookup, asked.domain
    start = lookup.ask(domain, "SOA")
    if start.state is State.FAILED and start.security is Security.BOGUS:
        return _bogus(asked, start.failed)
    start = lookup.found(domain, "SOA")
    if start.state is State.NO_NAME and not start.alias:
        return DnsZone(domain, False, asked.at, asked.declared, start.security, resolvers=_who(lookup))
    servers = lookup.ask(domain, "NS")
    caa, at, unknown = _caa(lookup, domain)
    return DnsZone(
        domain=domain,
        exists=True,
        observed=asked.at,
        declared=asked.declared,
        security=start.security,
        unsigned=_NOT_VALIDATED if start.security is Security.UNKNOWN else "",
        name_servers=tuple(visible(record.target.to_text(omit_final_dot=True)) for record in servers.records),
        caa=caa,
        caa_at=at,
        caa_unknown=unknown,
        resolvers=_who(lookup),
        wildcard_txt=lookup.ask(f"{made_up()}.{domain}", "TXT").state is State.FOUND,
    )


def _bogus(asked: DomainAsked, why: str) -> DnsZone:
    """It exists, and nothing in it is known to anybody who validates."""
    return DnsZone(
        domain=asked.domain,
        exists=True,
        observed=asked.at,
        declared=asked.declared,
        security=Security.BOGUS,
        unsigned=why,
        caa_unknown=why,
        resolvers=_who(asked.lookup),
    )


def made_up() -> str:
    """A label that nobody made."""
    return f"posture-{secrets.token_hex(6)}"


def _caa(lookup: Lookup, domain: str) -> tuple[tuple[CaaRecord, ...], str, str]:
    """The records that apply: those of the nearest name upwards that has some (RFC 8659, 3)."""
    labels = domain.split(".")
    for name in (".".join(labels[above:]) for above in range(len(labels))):
        answer = lookup.ask(name, "CAA")
        if answer.state is State.FAILED:
            return (), "", f"CAA of {visible(name)}: {answer.failed}"
        if answer.state is State.FOUND:
            return tuple(map(_record, answer.records)), name, ""
    return (), "", ""


def _record(record: object) -> CaaRecord:
    flags, tag, value = (getattr(record, name) for name in ("flags", "tag", "value"))
    text = [part.decode("ascii", "backslashreplace") for part in (tag, value)]
    return CaaRecord(visible(text[0].lower()), visible(text[1]), bool(flags & 128))


def _who(lookup: Lookup) -> tuple[str, ...]:
    return tuple(map(str, lookup.resolvers))


def texts_of(answer: Answer) -> tuple[str, ...]:
    """TXT records fit to be kept and shown."""
    return tuple(visible(text, 4096) for text in answer.texts)
