"""What the network says from where the auditor stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Vantage(StrEnum):
    """From where the ports were looked at."""

    OUTSIDE = "outside"  # from another machine, as the internet would
    SAME_MACHINE = "same-machine"  # through loopback: a firewall in front was not tested


class Login(StrEnum):
    """What one harmless exchange showed of the service's access control."""

    NOT_NEEDED = "not-needed"  # it answered a command without any login
    REQUIRED = "required"  # it asked for a login
    REFUSED = "refused"  # it turned this address away, whoever asks (protected mode, host not allowed)
    UNKNOWN = "unknown"  # not tried, or the answer said nothing


@dataclass(frozen=True, slots=True)
class Transcript:
    """One read-only exchange with a service: what was sent, what came back (harmless text, bounded), when."""

    sent: str
    received: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Application:
    """What answers on a web server: a program's interface (``docker``, ``grafana``) below a path.

    `login` is what one read-only request showed, `login_reason` says why it is UNKNOWN or what limits it. `version` is
    what the answer tells of itself. `host` is the further name of the inventory that it answers under alone.
    """

    name: str
    path: str
    login: Login
    login_reason: str = ""
    version: str = ""
    transcript: tuple[Transcript, ...] = ()
    host: str = ""


@dataclass(frozen=True, slots=True)
class Amplification:
    """What one UDP request got back, in bytes of payload and in datagrams: `asked` names the request."""

    asked: str
    sent: int
    received: int
    datagrams: int

    @property
    def factor(self) -> float:
        """Bytes received for each byte sent: the bandwidth amplification factor (CISA, TA14-017A)."""
        return self.received / self.sent if self.sent else 0.0


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A TCP port that accepted a connection, or a UDP port that answered a request.

    `service` is nmap's service name (``redis``, ``ssh``, ``http``; empty when not recognised), product and version what
    its version detection read. `login_reason` says why `login` is UNKNOWN. `maybe` is for a port whose service has no
    name: the protocol it may speak all the same, because it is that protocol's port and gave no clear answer; ``*``
    where it could not be asked what it is. `refuses_others`: asked from its own machine it let us in, and said that it
    turns all other machines away (Redis' protected mode). `applications` are what a web server serves that has a login
    of its own to have. `amplification` is set on UDP ports: the largest answer of all requests sent.
    `weakness` names what is wrong though a login is needed: ``no-nla``, ``smb1``, ``plain-login``; several by spaces.
    """

    address: str
    port: int
    service: str = ""
    product: str = ""
    version: str = ""
    tls: bool = False
    login: Login = Login.UNKNOWN
    login_reason: str = ""
    transcript: tuple[Transcript, ...] = ()
    maybe: str = ""
    refuses_others: bool = False
    protocol: str = "tcp"
    applications: tuple[Application, ...] = ()
    amplification: Amplification | None = None
    weakness: str = ""


ALL_PORTS = "1-65535"


MOST_PORTS = 65_535

MOST_HIDDEN = 1_000  # ports; a host with more of them hides what it does with all


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A range of TCP ports in nmap's notation, and when it was last looked at."""

    ports: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PortSweep:
    """The ports of a host as they were last seen.

    `ports` are the TCP ports that this is about, in nmap's notation (``1-65535``). `looked` tells when which of them
    were last looked at, where that was not all at once; then `tried` are those looked at this time, among them all that
    were found open in an earlier night.
    `swept` counts the TCP ports looked at this time, `filtered` those of them that did not answer at all. `asked_udp`
    are the UDP ports that were sent a request: those that answered are among `open`. `unasked_udp` are the UDP ports
    that should have been sent one and were not, each with the reason. `once_open` are the TCP ports that were open
    within the last nights and were closed since, with the time of the last open sight. `started`, `ended`: aware times.
    `scanner`: program and version. `source` is the address it looked from, empty where that is not known. `incomplete`
    says why other ports than `ports` were not looked at, or UDP was not; empty when nothing is missing. `others` are
    further addresses of the same name that belong to the customer and were not looked at. `hidden` are TCP ports that a
    firewall answers for or that gave no answer, on a host that itself refuses the rest: who else reaches them cannot be
    told from here. At most MOST_HIDDEN, those of insecure services first; none on a host that drops everything.
    """

    address: str
    vantage: Vantage
    ports: str
    open: tuple[OpenPort, ...]
    filtered: int
    started: datetime
    ended: datetime
    scanner: str
    others: tuple[str, ...] = ()
    swept: int = MOST_PORTS
    looked: tuple[LookedAt, ...] = ()
    asked_udp: tuple[int, ...] = ()
    source: str = ""
    tried: str = ""
    incomplete: str = ""
    unasked_udp: tuple[tuple[int, str], ...] = ()
    once_open: tuple[LookedAt, ...] = ()
    hidden: tuple[int, ...] = ()

    def tries(self, port: int) -> bool:
        """Whether this TCP port was looked at this time."""
        ranges = (part.partition("-") for part in (self.tried or self.ports).split(","))
        return any(int(first) <= port <= int(last or first) for first, _, last in ranges if first)

    @property
    def silent(self) -> bool:
        """Whether no port answered at all, neither open nor closed: down and firewalled look the same from here."""
        return not self.open and self.filtered >= self.swept
