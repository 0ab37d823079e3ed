"""Who takes the domain's mail (RFC 5321, 5.1; RFC 7505), and what DANE says of them (RFC 7672)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address, ip_network

import dns.name

from posture.collect.dns.answer import Answer, State
from posture.collect.email.asked import DomainAsked
from posture.facts.email.routing import Exchanger, MailRouting, TlsaRecord
from posture.facts.email.zone import Security
from posture.model.customer import IPAddress, unmapped
from posture.model.text import visible

MOST_EXCHANGERS = 20
MOST_ADDRESSES = 32  # of one exchanger
MOST_TLSA = 16  # of one exchanger
MOST_DATA = 16_384  # hexadecimal digits of one; a record may hold a whole certificate

NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
        ),
    )
)  # fmt: skip
"""Where no mail from the internet arrives (RFC 6890)."""

_WEAKEST_FIRST = (Security.BOGUS, Security.UNKNOWN, Security.INSECURE, Security.SECURE)


def read_routing(asked: DomainAsked) -> MailRouting:
    """Follow the domain's MX records to addresses.

    Raises:
        LookupFailed: whether there are MX records is not known.
    """
    answer = asked.lookup.found(asked.domain, "MX")
    routing = MailRouting(asked.domain, asked.at, security=answer.security)
    if answer.state is State.NO_NAME:
        return replace(routing, problems=("the DNS has no such name",))
    if answer.state is State.NO_DATA:
        return _implicit(asked, routing)
    named = sorted((record.preference, _text(record.exchange)) for record in answer.records)
    if [name for _, name in named] == [""]:
        return replace(routing, null_mx=True)
    names = {name: preference for preference, name in reversed(named) if name}
    wanted = sorted(names, key=lambda name: (names[name], name))
    return replace(
        routing,
        exchangers=tuple(_exchanger(asked, name, names[name]) for name in wanted[:MOST_EXCHANGERS]),
        problems=tuple(_problems([name for _, name in named])),
        left_out=max(0, len(wanted) - MOST_EXCHANGERS),
    )


def _text(name: dns.name.Name) -> str:
    """As the lookup takes it: in small letters, without a dot at its end; empty for the root."""
    return "" if name == dns.name.root else name.to_text(omit_final_dot=True).lower()


def _problems(named: list[str]) -> Iterator[str]:
    if "" in named:
        yield "a null MX stands beside other exchangers, which it must not (RFC 7505, 3)"
    twice = sorted({name for name in named if name and named.count(name) > 1})
    if twice:
        yield f"named more than once: {', '.join(map(visible, twice[:5]))}"


def _implicit(asked: DomainAsked, routing: MailRouting) -> MailRouting:
    """Without MX records the domain's own address takes its mail (RFC 5321, 5.1), where it has one."""
    own = _exchanger(asked, asked.domain, 0)
    if not own.addresses and not own.unknown:
        return routing
    return replace(routing, exchangers=(own,), implicit=True)


def _exchanger(asked: DomainAsked, name: str, preference: int) -> Exchanger:
    shown = visible(name)
    if error := _no_name(name):
        return Exchanger(shown, preference, error=error)
    answers = [asked.lookup.ask(name, kind) for kind in ("A", "AAAA")]
    addresses, unknown = _addresses(answers)
    exchanger = Exchanger(
        shown,
        preference,
        tuple(map(str, addresses[:MOST_ADDRESSES])),
        visible(next((answer.alias for answer in answers if answer.alias), "")),
        weakest(answer.security for answer in answers),
        error=_no_way_there(answers, addresses),
        unknown="; ".join(unknown),
    )
    return _with_tlsa(asked, name, exchanger)


def _no_name(name: str) -> str:
    """Why it cannot be the name of a mail server, before anybody is asked."""
    with suppress(ValueError):
        ip_address(name)
        return "an address, where the name of a host must stand (RFC 1035, 3.3.9)"
    if name == "localhost" or name.endswith(".localhost"):
        return "the name of every machine for itself (RFC 6761, 6.3)"
    return ""


def _addresses(answers: Iterable[Answer]) -> tuple[list[IPAddress], list[str]]:
    """What is found, and what could not be asked."""
    found: list[IPAddress] = []
    unknown = []
    for answer in answers:
        if answer.state is State.FAILED:
            unknown.append(f"{answer.kind} of {visible(answer.name)}: {answer.failed}")
        found += [unmapped(ip_address(record.address)) for record in answer.records]
    return list(dict.fromkeys(found)), unknown


def _no_way_there(answers: Iterable[Answer], addresses: list[IPAddress]) -> str:
    if addresses:
        inside = [one for one in addresses if not is_public(one)]
        return "" if len(inside) < len(addresses) else f"no address of the internet: {', '.join(map(str, inside[:3]))}"
    states = {answer.state for answer in answers}
    if State.FAILED in states:
        return ""
    return "the DNS has no such name" if states == {State.NO_NAME} else "it has no address"


def is_public(address: IPAddress) -> bool:
    """Whether mail from the internet can arrive there."""
    return not any(address in network for network in NOT_PUBLIC)


def weakest(securities: Iterable[Security]) -> Security:
    """Answers that are used together are as secure as the least secure of them; UNKNOWN where there is none."""
    return min(securities, key=_WEAKEST_FIRST.index, default=Security.UNKNOWN)


def _with_tlsa(asked: DomainAsked, name: str, exchanger: Exchanger) -> Exchanger:
    """The name that an alias leads to is tried first, then the alias itself (RFC 7672, 2.2.2)."""
    if exchanger.error or not exchanger.addresses:
        return exchanger
    answers = [asked.lookup.ask(f"_25._tcp.{base}", "TLSA") for base in (exchanger.alias, name) if base]
    answer = next((one for one in answers if one.state in {State.FOUND, State.FAILED}), answers[-1])
    unknown = exchanger.unknown
    if answer.state is State.FAILED:
        unknown = "; ".join(filter(None, (unknown, f"TLSA of {visible(answer.name)}: {answer.failed}")))
    records = tuple(
        TlsaRecord(one.usage, one.selector, one.mtype, one.cert.hex()[:MOST_DATA]) for one in answer.records
    )
    return replace(exchanger, tlsa=records[:MOST_TLSA], tlsa_security=answer.security, unknown=unknown)
