"""What is asked of the pool of sweeps, and how fast it may send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.collect.scope import Permit, ScopeGate


@dataclass(frozen=True, slots=True)
class Wanted:
    """A look at TCP ports of one address.

    `ports` are in nmap's notation; hosts of which the same ports are wanted can share a process. `purpose` is for the
    action log. `retries` is how often a port that says nothing is asked again. With `naming`, the ports are known to be
    open and are asked what they are; `slow` sweeps take a quarter of the rate. `deadline` is aware.
    """

    gate: ScopeGate
    permit: Permit
    ports: str
    purpose: str
    deadline: datetime
    retries: int = 2
    naming: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Rates:
    """The most packets a second that sweeps send to one network (IPv4 /24, IPv6 /48), to all, and to one host."""

    per_network: int = 10_000
    total: int = 20_000
    per_host: int = 5_000
