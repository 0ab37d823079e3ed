"""Where names lead: to a host itself, to its neighbours in the inventory, or to machines that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from posture.collect.addresses import plain
from posture.collect.dns.answer import Answer, State
from posture.collect.dns.lookup import Lookup
from posture.collect.dns.resolvers import NoResolver, named_resolvers
from posture.collect.scope import ScopeError, ScopeGate
from posture.facts.network import PortSweep
from posture.facts.tls_names import Leads, TlsName
from posture.model.customer import IPAddress
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible

AT_ONCE = 8
MOST_ADDRESSES = 20  # of one name
_TYPES = ("A", "AAAA")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tells a host's own addresses, and those of its neighbours in the inventory, from all others."""

    own: frozenset[IPAddress]
    listed: frozenset[IPAddress]
    agreed: Callable[[IPAddress], bool]


def surroundings(resource: Resource, gate: ScopeGate, sweep: PortSweep) -> Surroundings:
    """Those of a host whose ports were looked at."""
    hosts = (one for one in gate.customer.resources if one.kind is ResourceKind.HOST and one.id != resource.id)
    return Surroundings(
        frozenset(_literal((sweep.address,))),
        frozenset(_literal(one.address for one in hosts)),
        gate.customer.in_scope,
    )


def places_of(  # noqa: PLR0913, PLR0917  which names, beside what, for whom, until when, through which resolvers
    names: Sequence[str],
    known: Surroundings,
    resource: Resource,
    gate: ScopeGate,
    seconds_left: Callable[[], float],
    resolvers: str,
) -> tuple[TlsName, ...]:
    """Ask the DNS for the addresses of names, two questions each; all are UNKNOWN where it may not be asked.

    Args:
        names: in ASCII.
        known: what surrounds the host.
        resource: the host that they are asked for.
        gate: of its customer.
        seconds_left: for all of them.
        resolvers: who to ask, as POSTURE_RESOLVER has it.
    """
    try:
        permit = gate.permit_service(resource.id, "ask the DNS")
        lookup = Lookup(gate, permit, named_resolvers(resolvers), seconds_left)
    except (ScopeError, NoResolver) as refusal:
        return _unknown(names, refusal)
    try:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="names") as beside:
            return tuple(beside.map(partial(_place_of, lookup, known), names))
    except ScopeError as refusal:
        return _unknown(names, refusal)
    finally:
        lookup.close()


def _unknown(names: Iterable[str], refusal: Exception) -> tuple[TlsName, ...]:
    return tuple(TlsName(name, (), Leads.UNKNOWN, reason=visible(str(refusal))) for name in names)


def _place_of(lookup: Lookup, known: Surroundings, name: str) -> TlsName:
    """Raises ScopeError."""
    answers = [lookup.ask(name, kind) for kind in _TYPES]
    alias = next((answer.alias for answer in answers if answer.alias), "")
    if any(answer.state is State.NO_NAME for answer in answers):  # of any type, then (RFC 8020, 2)
        return TlsName(name, (), Leads.NOWHERE, alias=visible(alias, 253))
    found = tuple(dict.fromkeys(address for answer in answers for address in _addresses(answer)))[:MOST_ADDRESSES]
    failed = [answer for answer in answers if answer.state is State.FAILED]
    if failed and not found:
        return TlsName(name, (), Leads.UNKNOWN, alias=visible(alias, 253), reason=visible(failed[0].failed))
    others = tuple(address for address in found if address not in known.own and address not in known.listed)
    agreed = tuple(address for address in others if known.agreed(address))
    leads = _leads(found, others, agreed, known)
    return TlsName(name, (), leads, _texts(found), _texts(others), _texts(agreed), visible(alias, 253))


def _texts(addresses: Iterable[IPAddress]) -> tuple[str, ...]:
    return tuple(map(str, addresses))


def _leads(
    found: Sequence[IPAddress], others: Sequence[IPAddress], agreed: Sequence[IPAddress], known: Surroundings
) -> Leads:
    """A host mostly has a second address, of the other family: only one that may be looked at is worth a word then."""
    if not found:
        return Leads.NO_ADDRESS
    here = any(address in known.own for address in found)
    if agreed or (others and not here):
        return Leads.ELSEWHERE
    return Leads.HERE if here else Leads.LISTED


def _addresses(answer: Answer) -> Iterator[IPAddress]:
    yield from (plain(ip_address(str(record.address))) for record in answer.records)


def _literal(texts: Iterable[str]) -> Iterator[IPAddress]:
    for text in texts:
        try:
            yield plain(ip_address(text))
        except ValueError:  # a name
            continue
