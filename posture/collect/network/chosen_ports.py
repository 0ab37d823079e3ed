"""A second look at some ports of a host, laid over what was known of it: all else stays as it was seen, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posture.collect.network.port_plan import PortPlan, Standpoint
from posture.collect.network.sweep.notation import numbers, written
from posture.collect.network.sweep.scout import Scout, scout
from posture.collect.network.udp.request import UdpService
from posture.collect.network.udp.table import SERVICES
from posture.facts.email.servers import MailServers
from posture.facts.factset import OUTSIDE, Facts
from posture.facts.network import MOST_HIDDEN, LookedAt, OpenPort, PortSweep
from posture.facts.ssh_offers import SshOffers
from posture.facts.tls import TlsEndpoints
from posture.facts.unavailable import Unavailable
from posture.facts.web import WebSites


@dataclass(frozen=True, slots=True)
class ChosenPorts:
    """The ports of one host that are looked at again; with `listening`, also those that something listens on inside."""

    tcp: frozenset[int] = frozenset()
    udp: frozenset[int] = frozenset()
    listening: bool = True

    @property
    def plan(self) -> PortPlan:
        """These, and nothing else."""
        return PortPlan("", tuple(sorted(self.tcp)), alone=True)

    @property
    def services(self) -> tuple[UdpService, ...]:
        """The UDP services that are asked."""
        return tuple(service for service in SERVICES if service.port in self.udp)

    def scout(self, run: str) -> Scout:
        """The ports, and those at random that tell how the host treats what nobody uses."""
        picked = scout(run).at_random
        return Scout(written(self.tcp | picked), "", picked)


def may_stand_beside(earlier: Facts, here: Standpoint) -> bool:
    """Whether what is known was seen of the same address from the same place, and nothing of it is missing."""
    known = earlier.get(PortSweep)
    if not isinstance(known, PortSweep) or any(isinstance(earlier.get(f), Unavailable | None) for f in OUTSIDE):
        return False
    return (known.address, known.vantage, known.source) == (here.address, here.vantage, here.source)


def laid_over(earlier: Facts, again: Facts, chosen: ChosenPorts) -> Facts:
    """What is known of a host after some of its ports were looked at again.

    Args:
        earlier: every type of OUTSIDE, none unavailable.
        again: the same, of the chosen ports; where those could not be looked at, nothing else is believed either.
        chosen: which they were.
    """
    part = again[PortSweep]
    if not isinstance(part, PortSweep):
        return again
    tcp = numbers(part.ports)
    sweep = _swept(earlier[PortSweep], part, tcp, chosen.udp)
    by_port = (TlsEndpoints, WebSites, SshOffers, MailServers)
    return {PortSweep: sweep, **{kind: _both(earlier[kind], again[kind], tcp) for kind in by_port}}


def _both(known: object, new: object, tcp: frozenset[int]) -> object:
    match known, new:
        case TlsEndpoints(), TlsEndpoints():
            without = tuple(sorted({*(p for p in known.without if p not in tcp), *new.without}))
            left = _others(known.not_looked_at, tcp)
            return TlsEndpoints(
                (*(e for e in known.endpoints if e.port not in tcp), *new.endpoints),
                (*left, *new.not_looked_at),
                new.observed,
                without,
            )
        case WebSites(), WebSites():
            sites = (*(s for s in known.sites if s.port not in tcp), *new.sites)
            return WebSites(sites, (*_others(known.not_looked_at, tcp), *new.not_looked_at), new.observed)
        case SshOffers(), SshOffers():
            offers = (*(o for o in known.offers if o.port not in tcp), *new.offers)
            return SshOffers(offers, (*_others(known.not_looked_at, tcp), *new.not_looked_at), new.observed)
        case MailServers(), MailServers():
            return MailServers(new.observed, (*(s for s in known.servers if s.port not in tcp), *new.servers))
    return new


def _others(reasons: Iterable[tuple[int, str]], ports: frozenset[int]) -> tuple[tuple[int, str], ...]:
    return tuple((port, why) for port, why in reasons if port not in ports)


def _swept(known: PortSweep, part: PortSweep, tcp: frozenset[int], udp: frozenset[int]) -> PortSweep:
    again = {"tcp": tcp, "udp": udp}
    kept = tuple(port for port in known.open if port.port not in again.get(port.protocol, frozenset()))
    opened = tuple(sorted((*kept, *part.open), key=lambda port: (port.protocol, port.port)))
    hidden = sorted({*part.hidden, *(port for port in known.hidden if port not in tcp)})
    return replace(
        part,
        ports=known.ports,
        open=opened,
        tried=part.ports,
        looked=_looked(known, part, tcp),
        others=known.others,
        incomplete=part.incomplete or known.incomplete,
        asked_udp=tuple(sorted({*known.asked_udp, *part.asked_udp} - {port for port, _ in part.unasked_udp})),
        unasked_udp=(*_others(known.unasked_udp, udp), *part.unasked_udp),
        once_open=(*_closed(known, part.open, tcp), *known.once_open),
        hidden=tuple(hidden[:MOST_HIDDEN]),
    )


def _looked(known: PortSweep, part: PortSweep, tcp: frozenset[int]) -> tuple[LookedAt, ...]:
    """The ranges with the time of their last look."""
    before = known.looked or (LookedAt(known.ports, known.started),)
    left = (LookedAt(written(numbers(one.ports) - tcp), one.at) for one in before)
    return (*(one for one in left if one.ports), LookedAt(part.ports, part.started))


def _closed(known: PortSweep, opened: Sequence[OpenPort], tcp: frozenset[int]) -> tuple[LookedAt, ...]:
    still = {port.port for port in opened if port.protocol == "tcp"}
    gone = {port.port for port in known.open if port.protocol == "tcp" and port.port in tcp} - still
    return (LookedAt(written(gone), known.started),) if gone else ()
