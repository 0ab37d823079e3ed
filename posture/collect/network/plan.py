"""What the network collector would do, told without a packet: no name is resolved here."""

from __future__ import annotations

from ipaddress import ip_address

from posture.collect.network.confirm import protocols
from posture.collect.network.nmap_run import command_line, raw_sockets_allowed
from posture.collect.network.techniques import CONNECT, LOOPBACK, SYN, naming_flags, sweep_flags
from posture.collect.scope import ScopeGate, plain
from posture.model.customer import IPAddress
from posture.model.resource import Resource
from posture.model.text import visible


def planned(resource: Resource, gate: ScopeGate) -> tuple[str, ...]:
    """The commands and exchanges of :func:`collect_outside`, one a line, or the one reason why there are none."""
    target = LOOPBACK if resource.local else resource.address
    address = _literal(target)
    refusal = _refusal(target, address, gate)
    if refusal:
        return (refusal,)
    name = str(address) if address else f"<the address of {visible(target)}>"
    technique = SYN if raw_sockets_allowed() else CONNECT
    grant = gate.customer.authorization
    under = f"under {visible(grant.reference)} until {grant.valid_until.isoformat()}"
    return (
        *(() if address else (f"{visible(target)}: resolve once, go on only with an address inside networks",)),
        f"{name}: {command_line(name, sweep_flags(address, technique))} ({under})",
        f"{name}: connect to up to 3 of the open ports once more, to see whether the sweep was stopped",
        f"{name}: {command_line(name, naming_flags(address, technique, '<the open ports>'))}",
        *(f"{name}: if {p.name} answers (usually {_ports(p.ports)}): {p.sends}" for p in protocols()),
        f"{name}: each other open port that stays unrecognised: connect, read its greeting, send nothing",
    )


def _refusal(target: str, address: IPAddress | None, gate: ScopeGate) -> str:
    if not target:
        return "nothing: no address in the inventory"
    grant, now = gate.customer.authorization, gate.clock()
    if not grant.covers(now):
        period = f"{grant.valid_from.isoformat()} to {grant.valid_until.isoformat()}"
        return f"{visible(target)}: nothing: authorization {visible(grant.reference)} holds from {period} only"
    if address is not None and not gate.customer.in_scope(address):
        return f"{address}: nothing: outside the networks agreed with the customer"
    return ""


def _literal(target: str) -> IPAddress | None:
    try:
        return plain(ip_address(target))
    except ValueError:
        return None


def _ports(numbers: tuple[int, ...]) -> str:
    return " or ".join(f"{number}/tcp" for number in numbers)
