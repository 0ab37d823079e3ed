"""The order of a night: which unit may begin when, in whose network, before whom."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from posture.engine.due import Due
from posture.model.customer import Customer, IPAddress
from posture.model.night import Turn, Turns
from posture.model.resource import Resource, ResourceKind

PREFIX = {4: 24, 6: 48}
"""What counts as one network: the smallest blocks that are routed on the internet."""

RECHECK, PRECHECK = 50, 100
"""Priorities of what somebody waits for; a night's units have 1 to 40, the longest unseen first."""


def turns(customer: Customer, due: Due, staleness: int) -> Turns:
    """A customer's part of the night.

    Args:
        customer: with its resources.
        due: from when on, and until when.
        staleness: nights since the last look, 1 to 40.
    """
    every = (Turn(r.id, network_of(customer, r), due.opens, staleness, due.closes) for r in customer.resources)
    return Turns(customer, tuple(every))


def network_of(customer: Customer, resource: Resource) -> str:
    """The network whose units at once are counted; "" for what is not reached at an address of the customer's.

    A host given by name counts to the first of the customer's networks: asking the DNS is not for the plan.
    """
    if resource.kind is not ResourceKind.HOST or resource.local:
        return ""
    try:
        return _block(ip_address(resource.address))
    except ValueError:
        return _block(customer.networks[0].network_address) if customer.networks else ""


def _block(address: IPAddress) -> str:
    return str(ip_network((address, PREFIX[address.version]), strict=False))
