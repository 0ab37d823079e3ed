"""What the network collector would do, told without a packet: no name is resolved here."""

from __future__ import annotations

from ipaddress import ip_address

from posture.collect.network.confirm import protocols
from posture.collect.network.nmap_run import command_line, raw_sockets_allowed
from posture.collect.network.port_plan import PortPlan, Standpoint, port_plan
from posture.collect.network.sweep.scout import scout_ports
from posture.collect.network.techniques import ALL_PORTS, CONNECT, LOOPBACK, SYN, naming_flags, sweep_flags
from posture.collect.scope import ScopeGate, own_address, plain
from posture.facts.network import PortSweep, Vantage
from posture.model.customer import IPAddress
from posture.model.resource import Resource
from posture.model.text import visible


def tonight(resource: Resource, gate: ScopeGate, known: PortSweep | None) -> PortPlan:
    """The port plan of a host for a look that would begin now.

    A name is taken to have the address that it had at the last look.
    """
    address = _literal(LOOPBACK if resource.local else resource.address)
    vantage = Vantage.SAME_MACHINE if resource.local else Vantage.OUTSIDE
    if address is not None:
        here = Standpoint(str(address), vantage, own_address(address))
    else:
        here = Standpoint(known.address if known else "", vantage, known.source if known else "")
    return port_plan(known, gate.clock(), scout_ports(), here)


def planned(resource: Resource, gate: ScopeGate, night: PortPlan | None = None) -> tuple[str, ...]:
    """The commands and exchanges of :func:`collect_outside`, one a line, or the one reason why there are none.

    Args:
        resource: a host.
        gate: of its customer.
        night: the port plan of a rolling look; None for all ports.
    """
    target = LOOPBACK if resource.local else resource.address
    address = _literal(target)
    refusal = _refusal(target, address, gate)
    if refusal:
        return (refusal,)
    name = str(address) if address else f"<the address of {visible(target)}>"
    technique = SYN if raw_sockets_allowed() else CONNECT
    grant = gate.customer.authorization
    ports = night.ports if night else ALL_PORTS
    under = f"under {visible(grant.reference)} until {grant.valid_until.isoformat()}"
    return (
        *(() if address else (f"{visible(target)}: resolve once, go on only with an address inside networks",)),
        *((f"{name}: {_told(night, gate)}",) if night else ()),
        f"{name}: {command_line(name, _at(ports, sweep_flags(address, technique)))} ({under})",
        f"{name}: connect to up to 3 of the open ports once more, to see whether the sweep was stopped",
        f"{name}: {command_line(name, naming_flags(address, technique, '<the open ports>'))}",
        *(f"{name}: if {p.name} answers (usually {_ports(p.ports)}): {p.sends}" for p in protocols()),
        f"{name}: each other open port that stays unrecognised: connect, read its greeting, send nothing",
    )


def _told(night: PortPlan, gate: ScopeGate) -> str:
    """What a rolling look comes to tonight, and how old the oldest look at any port is after it."""
    if night.full or night.oldest is None:
        return f"all TCP ports tonight: {night.why or 'it is the turn of all'}"
    turn = " and ".join(f"{first}-{last}" for first, last in night.slices)
    age = max(0, round((gate.clock() - night.oldest).total_seconds() / 86_400))
    return (
        f"{night.count:,} TCP ports tonight: {len(night.known)} found open before, {len(night.always)} looked at every "
        f"night, and {turn} in turn; no other port's last look is older than {age} day{'' if age == 1 else 's'}"
    )


def _at(ports: str, flags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ports if flag == ALL_PORTS else flag for flag in flags)


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
