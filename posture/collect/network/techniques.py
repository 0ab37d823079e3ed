"""The only nmap flags there are, with the measurements behind them.

Measured with eight hosts, 20 ms round trip and 0.5 % loss: one process for all of them at 10,000 packets a second and
two retries missed no open port, no retries missed 4 of 53; nmap's own timing takes two to four times as long. nmap
keeps to ``--max-rate`` only with an equal ``--min-rate``: with half of it as the least, it sends half. It spreads its
packets evenly over the hosts that it still looks at. A host that drops everything is sent each port twice with two
retries as with one (nmap adds the third only where a second one was ever answered), and once with none.
``--min-hostgroup``: nmap would else begin with small groups of hosts. Never ``--host-timeout``: nmap then throws away
what it found.

Version detection is for what our own questions did not recognise, so little is enough: a port that never says a word
costs 26 seconds at intensity 2 and 58 at 4, all others take 6 to 12, side by side. Below 7 the NSE scripts that come
with ``-sV`` send nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from posture.model.customer import IPAddress

LOOPBACK = "127.0.0.1"  # where a machine looks at itself
SWEEP_LIMIT = timedelta(minutes=15)
NAMING_LIMIT = timedelta(minutes=10)

_QUIET = ("-n", "-Pn")  # no DNS; do not take a host for down because it ignores pings
_TOGETHER = ("--min-hostgroup", "64")
SYN = ("-sS", "--privileged")  # --privileged: else it takes root alone for able to, not a user with CAP_NET_RAW
CONNECT = ("-sT", "--unprivileged")  # --unprivileged: root without raw sockets would still try to send ARP


@dataclass(frozen=True, slots=True)
class Pace:
    """Packets a second, and how often a port that says nothing is asked again.

    A rate of 0 is none: for the machine itself, where nothing is between.
    """

    rate: int
    retries: int

    def flags(self) -> tuple[str, ...]:
        """For a sweep."""
        rate = str(self.rate)
        paced = ("--min-rate", rate, "--max-rate", rate) if self.rate else ("--min-rate", "5000")
        return ("-T4", *paced, "--max-retries", str(self.retries))


def paced_sweep(address: IPAddress, technique: tuple[str, ...], ports: str, pace: Pace) -> tuple[str, ...]:
    """Flags that look at some TCP ports of hosts of this address's family, all of them side by side."""
    return (*_family(address), *_QUIET, *technique, *pace.flags(), *_TOGETHER, "-p", ports)


def paced_naming(address: IPAddress, technique: tuple[str, ...], ports: str, pace: Pace) -> tuple[str, ...]:
    """Flags that ask open ports of hosts of this address's family what they are.

    The rate bounds nmap's look at whether the ports are open. Its questions to them need an answer each and go slower.
    """
    most = ("--max-rate", str(pace.rate)) if pace.rate else ()
    naming = ("-sV", "--version-intensity", "2", "-T4", *most, "--max-retries", str(pace.retries))
    return (*_family(address), *_QUIET, *technique, *naming, *_TOGETHER, "-p", ports)


def _family(address: IPAddress) -> tuple[str, ...]:
    return ("-6",) if address.version == 6 else ()
