"""Ports as seen from outside, tied to the process and package seen from inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.host import Process
from posture.facts.network import Amplification, Application, Login
from posture.model.verdict import Evidence


class Reach(StrEnum):
    """Who can reach a service, as far as it was looked at."""

    OUTSIDE = "outside"  # answered a connection from another machine
    SAME_MACHINE = "same-machine"  # answers here and listens beyond loopback; a firewall in front was not tested
    LISTENS = "listens"  # listens beyond loopback; the port was not tried
    LOOPBACK = "loopback"  # listens on loopback only
    BLOCKED = "blocked"  # listens beyond loopback, and did not answer from outside

    @property
    def exposed(self) -> bool:
        """Whether the service must be taken for reachable."""
        return self in {Reach.OUTSIDE, Reach.SAME_MACHINE, Reach.LISTENS}


def _subject(address: str, port: int, protocol: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}/{protocol}"


@dataclass(frozen=True, slots=True)
class Service:
    """One service on one port, with all that either side knows of it.

    `name` is the protocol in nmap's words (``redis``, ``memcached``, ``ftp``, ``telnet``, ``postgresql``), from the
    outside where it was recognised, else from the process; empty when neither knows. `seen` says in words which sides
    were seen. `login_reason` says why `login` is UNKNOWN. `maybe` is the protocol that a service without a name may
    speak (``*``: any). `refuses_others` is whether the process that listens said that it turns all other machines away.
    `applications` are what a web server serves, `amplification` what a UDP service answered, `weakness`
    what is wrong though a login is needed. `evidence` is never empty.
    """

    address: str
    port: int
    protocol: str
    name: str
    product: str
    version: str
    reach: Reach
    login: Login
    login_reason: str
    seen: str
    process: Process | None
    evidence: tuple[Evidence, ...]
    maybe: str = ""
    refuses_others: bool = False
    tls: bool = False
    applications: tuple[Application, ...] = ()
    amplification: Amplification | None = None
    weakness: str = ""

    @property
    def subject(self) -> str:
        """``198.51.100.2:6379/tcp``; the part of a finding's identity, without version or banner."""
        return _subject(self.address, self.port, self.protocol)


@dataclass(frozen=True, slots=True)
class Services:
    """All services of a host.

    `blind` says what was not looked at (``outside: nmap is not installed``), empty if nothing. `unseen`, a
    sentence, tells of further addresses of this host's name where any service may be; empty if there are none.
    `outside_seen` is False when no port was tried: then a port that is forwarded to another machine is not among these
    either. `asked_udp` are the UDP ports that were sent a request, empty when UDP was not tried; `unasked_udp` are
    those that should have been and were not, with the reason. `host` is the host as its services' subjects name it.
    `observed` is when the last side was looked at.
    """

    services: tuple[Service, ...]
    blind: str
    observed: datetime
    unseen: str = ""
    outside_seen: bool = True
    asked_udp: tuple[int, ...] = ()
    unasked_udp: tuple[tuple[int, str], ...] = ()
    host: str = ""

    def named(self, *names: str) -> Iterator[Service]:
        """The services that speak one of these protocols."""
        return (s for s in self.services if s.name in names)

    def at(self, port: int, protocol: str = "tcp") -> Service | None:
        """The service on a port of the address that was looked at."""
        return next((s for s in self.services if (s.port, s.protocol) == (port, protocol)), None)

    def subject_at(self, port: int, protocol: str) -> str:
        """What a finding about a port of the host is told by, whether or not a service is there."""
        return _subject(self.host, port, protocol)

    def serving(self, *applications: str) -> Iterator[tuple[Service, Application]]:
        """The web applications of these names, each with the service that serves it."""
        return ((s, a) for s in self.services for a in s.applications if a.name in applications)

    def exposed(self) -> Iterator[Service]:
        """The services that must be taken for reachable."""
        return (s for s in self.services if s.reach.exposed)
