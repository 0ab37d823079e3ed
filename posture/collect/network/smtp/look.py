"""The mail servers of a host: every port that speaks SMTP, asked as another mail server would ask."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from posture.collect.network.confirm import smtp
from posture.collect.network.smtp.dialogue import Wanted, speak
from posture.collect.network.target import Target
from posture.facts.email.servers import MailServer, MailServers
from posture.facts.network import OpenPort
from posture.model.customer import Customer
from posture.model.resource import ResourceKind

PORTS_AT_ONCE = 2
MOST_PORTS = 10  # of one host
_ANY = "*"
_PROTOCOL = smtp.PROTOCOL
_NAMES = frozenset({_PROTOCOL.name, *_PROTOCOL.aliases})
_USUAL = frozenset({*_PROTOCOL.ports, *_PROTOCOL.tls_ports})


def look_at_mail(target: Target, ports: Sequence[OpenPort]) -> MailServers:
    """Speak with each of them, on one connection, two where its STARTTLS breaks the first; two ports at a time.

    Args:
        target: the host.
        ports: its open ports; those that speak something else are left out.
    """
    chosen = [port for port in ports if port.protocol == "tcp" and _is_mail(port)]
    domains = customers_domains(target.gate.customer)
    with ThreadPoolExecutor(PORTS_AT_ONCE, thread_name_prefix="mail") as pool:
        spoken = list(pool.map(lambda port: _spoken(target, port, domains), chosen[:MOST_PORTS]))
    too_many = f"only {MOST_PORTS} mail servers of a host are asked"
    left = [MailServer(target.address, port.port, not_asked=too_many) for port in chosen[MOST_PORTS:]]
    return MailServers(target.clock(), (*spoken, *left))


def customers_domains(customer: Customer) -> tuple[str, ...]:
    """The domains of the inventory."""
    return tuple(one.id.rstrip(".").lower() for one in customer.resources if one.kind is ResourceKind.DOMAIN)


def _is_mail(port: OpenPort) -> bool:
    unclear = not port.service and (port.maybe == _PROTOCOL.name or (port.maybe == _ANY and port.port in _USUAL))
    return port.service in _NAMES or unclear


def _spoken(target: Target, port: OpenPort, domains: tuple[str, ...]) -> MailServer:
    seen = MailServer(target.address, port.port, tls=port.tls)
    if not port.service:
        return MailServer(target.address, port.port, not_asked=f"it may be a mail server: {port.login_reason}")
    name = next(iter(target.names), "")
    found, _ = speak(target, Wanted(port.port, port.tls or port.service == "smtps", name, domains), seen)
    return found
