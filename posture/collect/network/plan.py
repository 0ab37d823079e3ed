"""What the network collector would do, told without a packet: no name is resolved here."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from posture.collect.addresses import plain
from posture.collect.network.confirm import protocols
from posture.collect.network.nmap_run import command_line, raw_sockets_allowed
from posture.collect.network.port_plan import PortPlan, Standpoint, port_plan
from posture.collect.network.smtp.session import COMMANDS_SAID
from posture.collect.network.ssh.look import MOST_KEYS
from posture.collect.network.sweep.notation import written
from posture.collect.network.sweep.scout import RANDOM_PORTS, SCOUT_RETRIES, scout_ports
from posture.collect.network.sweep.wanted import Rates
from posture.collect.network.techniques import CONNECT, LOOPBACK, SYN, Pace, paced_naming, paced_sweep
from posture.collect.network.tls_names import MOST_NAMES
from posture.collect.network.udp.look import contacts
from posture.collect.network.web.client import MOST_REQUESTS
from posture.collect.pace import for_sweeps
from posture.collect.scope import ScopeGate, own_address
from posture.facts.network import PortSweep, Vantage
from posture.model.customer import IPAddress
from posture.model.resource import Resource
from posture.model.text import visible

_OF_THIS_FAMILY = ip_address("0.0.0.0")  # noqa: S104  for the flags of a name, whose family is not known


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
    """The commands of :func:`collect_outside`, one a line, or the one reason why there are none.

    What the ports that they find are asked is the same for all hosts: :func:`questions`.

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
    resolve = () if address else (f"{visible(target)}: resolve once, go on only with an address inside networks",)
    told = (_told(night, gate),) if night else ()
    if resource.names:
        told = (*told, f"each web server also by the names {', '.join(map(visible, resource.names))}: the same again")
    steps = (*told, *_sweeps(name, address, gate, night))
    return (*resolve, *(f"{name}: {step}" for step in steps))


def questions() -> Iterator[str]:
    """What the open ports of every host, and its UDP services, are asked."""
    yield from (f"if {p.name} answers (usually {_ports(p.ports)}): {p.sends}" for p in protocols())
    yield "each other open port: connect, read its greeting; a port that stays unrecognised is left to nmap"
    yield "each port that speaks TLS, at once or after STARTTLS: up to 25 handshakes, for versions, suites, certificate"
    yield (
        f"each web server: up to {MOST_REQUESTS} GET requests without a login (etcd's reads are POST), for the first "
        "page, known programs' pages and exposed files"
    )
    yield (
        f"names in certificates, at most {MOST_NAMES} of a host: the DNS is asked where they lead, through your "
        "resolver (POSTURE_RESOLVER, or the system's); nothing is sent there"
    )
    yield (
        f"each mail server: one connection, two where STARTTLS breaks, with {COMMANDS_SAID}: a recipient at your "
        "contact's domain, a mailbox that cannot exist and postmaster; never DATA, so no message is sent"
    )
    yield f"each SSH server: up to {1 + MOST_KEYS} connections, for its greeting, what it offers and its keys; no login"
    yield from (f"{port}/udp, in case {service} listens: {asked}" for port, service, asked in contacts())


def looked_from(resource: Resource) -> str:
    """The auditor's address that a host would be looked at from; empty for a name, unresolved here, and for itself."""
    address = None if resource.local else _literal(resource.address)
    return "" if address is None or address.is_loopback else own_address(address)


def _sweeps(name: str, address: IPAddress | None, gate: ScopeGate, night: PortPlan | None) -> Iterator[str]:
    """The commands of nmap; hosts of one network share a process, and its rate."""
    technique = SYN if raw_sockets_allowed() else CONNECT
    of, rates, grant = address or _OF_THIS_FAMILY, Rates(), gate.customer.authorization
    most = min(rates.per_network, for_sweeps(gate.customer.rate) or rates.per_network)
    pace = Pace(0 if of.is_loopback else min(rates.per_host, most), SCOUT_RETRIES)
    under = f"under {visible(grant.reference)} until {grant.valid_until.isoformat()}"
    matter = f"{written(scout_ports())},<{RANDOM_PORTS} of the others at random>"
    yield f"{command_line(name, paced_sweep(of, technique, matter, pace))} ({under})"
    if night is None or night.full:
        rest = "<all other ports of 1-65535>"
    else:
        rest = f"<the other ports of {','.join(f'{first}-{last}' for first, last in night.slices)}>"
        known = written(set(night.known) - scout_ports())
        yield from (f"connect to the ports found open before: {known}",) if known else ()
    yield (
        f"{command_line(name, paced_sweep(of, technique, rest, pace))} (fewer retries where packets are dropped; with "
        f"other hosts of its network in one process, at most {most:,} packets per second into that network)"
    )
    yield "connect to up to 3 of the open ports once more, to see whether the sweep was stopped"
    yield (f"{command_line(name, paced_naming(of, technique, '<the open ports that no question recognised>', pace))}")


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
