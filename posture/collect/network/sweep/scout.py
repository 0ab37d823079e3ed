"""A first look at few ports: how a host treats the rest of them, and so how often each of those is worth asking.

The ports that matter are in this first look, with two retries: those of insecure services, and those most often open
(by the frequencies in nmap's own table, nmap-services). Some high ports picked at random, where next to nobody listens,
show what the host does with ports that nobody uses. What follows asks the rest; no port is sent twice.

It can be wrong: a firewall that drops some ranges only is taken for one that drops (or closes) all, and so is one that
begins to drop during the sweep. Then ports are asked once more often, or once less often, than they might be.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from posture.collect.network.confirm import protocols
from posture.collect.network.nmap_report import Report
from posture.collect.network.sweep.notation import numbers, ports_left, written
from posture.collect.network.tarpit import at_random

SCOUT_RETRIES = 2
RANDOM_PORTS = 48
_RANDOM_FROM = 10_000  # below, something may well listen
_TARPIT_SHARE = 0.9  # of the random ports; a host with nine tenths of all ports in use there is not

USUAL_PORTS = numbers(
    "7,9,13,19,21-23,25-26,37,53,79-81,88,106,110-111,113,119,135,139,143-144,161,179,199,389,427,443-445,465,512-515,"
    "543-544,548,554,587,631,636,646,873,902,990,993,995,1025-1029,1080,1099,1110,1194,1433,1521,1720,1723,1755,1900,"
    "2000-2001,2049,2121,2222,2375-2376,2379,2717,3000,3128,3268,3306,3389,3690,3986,4000,4443,4444,4848,4899,5000,"
    "5009,5051,5060,5101,5190,5357,5432,5555,5601,5631,5666,5672,5800,5900-5901,5984-5985,6000-6001,6379,6443,6646,"
    "7001,7070,7077,7474,8000,8006,8008-8010,8080-8081,8083,8086,8088,8090,8123,8161,8200,8291,8443,8500,8728,8834,"
    "8880,8883,8888-8889,9000-9001,9042,9090-9092,9100,9200,9300,9418,9443,9999-10000,10250,11211,15672,27017,32768,"
    "49152-49157,50000,50070,61616"
)
"""Most often open, or bad to find open."""


class Behaviour(Enum):
    """What a host does with ports that nobody uses."""

    DARK = "dark"  # nothing came back from any port
    DROPPING = "dropping"  # most say nothing, something else answered
    TARPIT = "tarpit"  # nearly all accept connections
    USUAL = "usual"  # most refuse connections

    @property
    def retries(self) -> int:
        """How often a silent port of the rest is asked again.

        Each retry costs as many packets as there are silent ports: 65,535 where all drop, a few hundred (what was lost
        on the way) where the host refuses.
        """
        return {Behaviour.DARK: 0, Behaviour.DROPPING: 1, Behaviour.TARPIT: 0, Behaviour.USUAL: 2}[self]


@dataclass(frozen=True, slots=True)
class Scout:
    """The first look of one run: the same for all its hosts, so that they share a process.

    `ports` and `rest` are in nmap's notation: all of the first look, and all others. `at_random` are in `ports`.
    """

    ports: str
    rest: str
    at_random: frozenset[int]


def scout_ports() -> frozenset[int]:
    """The ports that matter: those of every protocol that can be confirmed, and those most often open."""
    known = (port for protocol in protocols() for port in (*protocol.ports, *protocol.tls_ports))
    return USUAL_PORTS.union(known)


def scout(run: str, more: Iterable[int] = ()) -> Scout:
    """The first look of a run.

    Args:
        run: its id; each run gets other random ports, all hosts of one run get the same.
        more: further ports that matter.
    """
    matter = scout_ports().union(more)
    unused = [port for port in range(_RANDOM_FROM, 65_536) if port not in matter]
    picked = frozenset(random.Random(f"scout {run}").sample(unused, RANDOM_PORTS))  # noqa: S311  nobody is kept out
    ports = written(matter | picked)
    return Scout(ports, ports_left(ports), picked)


def classify(report: Report, random_ports: frozenset[int]) -> Behaviour:
    """How the host of a first look treats ports that nobody uses.

    Args:
        report: of the first look.
        random_ports: of it, not empty.
    """
    opened = _opened(report, random_ports)
    if len(opened) >= _TARPIT_SHARE * len(random_ports):
        return Behaviour.TARPIT
    silent = numbers(report.silent)
    if not report.up or not (report.open or report.closed or report.filtered > len(silent)):
        return Behaviour.DARK
    refused = random_ports & numbers(report.closed)
    return Behaviour.USUAL if 2 * len(refused) > len(random_ports) else Behaviour.DROPPING


def doubt(report: Report, random_ports: frozenset[int]) -> str:
    """Why a host that was classified as a tarpit cannot be believed."""
    return at_random(len(_opened(report, random_ports)), len(random_ports))


def _opened(report: Report, random_ports: frozenset[int]) -> frozenset[int]:
    return random_ports.intersection(port.number for port in report.open)
