"""From the keys of a customer's hosts to the one fact about all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from posture.facts.fleet import FleetKey, FleetKeys, KeyPlace, Machine, SharedPrime, UnseenKeys
from posture.model.customer import Customer
from posture.model.resource import ResourceKind
from posture.model.sighting import FleetLook, KeyLook, KeyRole, KeySighting

_Key = tuple[str, bool]  # fingerprint, and whether as a host key


def fleet_keys(customer: Customer, look: FleetLook, now: datetime) -> FleetKeys:
    """All keys of the hosts that are in the inventory.

    Args:
        customer: whose hosts.
        look: what is stored of the keys.
        now: when this was put together.
    """
    hosts = tuple(sorted(r.id for r in customer.resources if r.kind is ResourceKind.HOST))
    looks = {one.resource: one for one in look.looks if one.resource in set(hosts)}
    elsewhere = {(fingerprint, host_key): count for fingerprint, host_key, count in look.elsewhere}
    found: dict[_Key, list[tuple[KeyPlace, KeySighting]]] = defaultdict(list)
    for host in hosts:
        for sighting in looks[host].seen.sightings if host in looks else ():
            found[sighting.fingerprint, sighting.role is KeyRole.HOST].append((_place(host, sighting), sighting))
    keys = tuple(_key(key, found[key], elsewhere.get(key, 0)) for key in sorted(found))
    return FleetKeys(
        keys,
        tuple(_primes(look, keys)),
        hosts,
        tuple(_unseen(hosts, looks)),
        tuple(_machines(hosts, looks)),
        now,
    )


def _machines(hosts: Iterable[str], looks: dict[str, KeyLook]) -> Iterator[Machine]:
    """An earlier look that tells another machine tells nothing: it may have been started again since."""
    now = {look.seen.machine for look in looks.values() if look.current}
    for host in hosts:
        if look := looks.get(host):
            running = look.seen.machine if look.seen.machine in now else ""
            yield Machine(host, look.seen.hostname, running)


def _key(key: _Key, seen: list[tuple[KeyPlace, KeySighting]], elsewhere: int) -> FleetKey:
    first = seen[0][1]
    bits = max(sighting.bits for _, sighting in seen)
    return FleetKey(key[0], first.type, bits, tuple(place for place, _ in seen), elsewhere)


def _place(host: str, seen: KeySighting) -> KeyPlace:
    return KeyPlace(
        host,
        seen.role,
        seen.account,
        seen.place,
        seen.comment,
        seen.admin,
        seen.dead,
        seen.encrypted,
        seen.readers,
        seen.options,
    )


def _primes(look: FleetLook, keys: Iterable[FleetKey]) -> Iterator[SharedPrime]:
    places: dict[str, list[KeyPlace]] = defaultdict(list)
    for key in keys:
        places[key.fingerprint].extend(key.places)
    for fingerprint, partners, elsewhere in look.primes:
        mine = tuple(partner for partner in partners if partner in places)
        if fingerprint in places and (mine or elsewhere):
            yield SharedPrime(fingerprint, tuple(places[fingerprint]), mine, elsewhere)


def _unseen(hosts: Iterable[str], looks: dict[str, KeyLook]) -> Iterator[UnseenKeys]:
    for host in hosts:
        look = looks.get(host)
        if look is None:
            yield from (UnseenKeys(host, role, "it was not looked at") for role in KeyRole)
        elif not look.current:
            yield from (UnseenKeys(host, role, "it was not looked at in this audit") for role in KeyRole)
        else:
            yield from (UnseenKeys(host, gap.role, gap.why) for gap in look.seen.gaps)
