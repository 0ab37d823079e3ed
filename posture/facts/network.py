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
class OpenPort:
    """A TCP port that accepted a connection.

    `service` is nmap's service name (``redis``, ``ssh``, ``http``; empty when not recognised), product and version what
    its version detection read. `login_reason` says why `login` is UNKNOWN. `maybe` is for a port whose service has no
    name: the protocol it may speak all the same, because it is that protocol's port and gave no clear answer; ``*``
    where it could not be asked what it is. `refuses_others`: asked from its own machine it let us in, and said that it
    turns all other machines away (Redis' protected mode).
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


ALL_PORTS = "1-65535"


@dataclass(frozen=True, slots=True)
class PortSweep:
    """All TCP ports of a host, looked at once.

    `ports` is what was swept, in nmap's notation (``1-65535``). `filtered` counts ports that did not answer at all.
    `started`, `ended`: aware times. `scanner`: program and version. `others` are further addresses of the same name
    that belong to the customer and were not looked at.
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

    @property
    def silent(self) -> bool:
        """Whether no port answered at all, neither open nor closed: down and firewalled look the same from here."""
        first, _, last = self.ports.partition("-")
        return not self.open and self.filtered >= int(last or first) - int(first) + 1
