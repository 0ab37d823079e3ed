"""Customers of an invented provider: the same for the same seed, one after the other, as many as are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GRANT = Authorization(
    AuthorizationMethod.CONTRACT, "MSA", "Jane Doe", NOON - timedelta(1), NOON + timedelta(days=99_999)
)

# Of a hundred resources so many are of each kind; the rest are hosts.
SHARES = (
    (ResourceKind.DOMAIN, 10),
    (ResourceKind.AWS_ACCOUNT, 3),
    (ResourceKind.ACCOUNTS, 3),
    (ResourceKind.REPOSITORY, 4),
)


def opened(night: int) -> datetime:
    """When the night of that number opened."""
    return NOON + timedelta(days=night, hours=10)


def drawn(*names: object) -> bytes:
    """64 bytes that hang on the names alone: what every choice of the simulation is made with."""
    return hashlib.blake2b("\0".join(map(str, names)).encode()).digest()


def customers(count: int, each: int, seed: int = 1, night: int = 0) -> Iterator[Customer]:
    """The fleet of a night.

    Args:
        count: customers.
        each: resources of each; of a few customers one host is new or gone in a night.
        seed: another seed is another fleet.
        night: its number; fleets change slowly.
    """
    for number in range(count):
        yield customer(number, each, seed, night)


def customer(number: int, each: int, seed: int, night: int) -> Customer:
    """The customer of that number: a /24 of 10.0.0.0/8 for each 200 hosts or so, one of the customer's own."""
    name = f"c{number:06}"
    network = IPv4Network((0x0A000000 + (number % 65_536) * 256, 24))
    grown = sum(drawn(seed, name, past, "grows")[0] < 4 for past in range(1, night + 1)) if each > 1 else 0
    resources = tuple(_resource(name, n, network, seed) for n in range(min(each + grown, each + 3)))
    gone = drawn(seed, name, "shrinks")[0] < 4 and night > 3
    return Customer(
        id=name,
        name=f"Customer {number}",
        authorization=GRANT,
        networks=(network,),
        resources=resources[:-1] if gone and len(resources) > 1 else resources,
    )


def _resource(name: str, number: int, network: IPv4Network, seed: int) -> Resource:
    lot = drawn(seed, name, number, "kind")[0] * 100 // 256
    for kind, share in SHARES:
        if lot < share and number:
            return Resource(
                kind, f"{name}-{number}.example" if kind is ResourceKind.DOMAIN else f"{name}-{kind}-{number}"
            )
        lot -= share
    return Resource(ResourceKind.HOST, f"{name}-h{number}", str(network[1 + number % 250]))
