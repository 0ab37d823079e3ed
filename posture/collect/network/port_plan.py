"""Which TCP ports of a host are looked at tonight, so that a fleet's nights cost what has changed, not what there is.

A host is first looked at whole. From then on every night looks at the ports that were open before (for `nights` nights
after they closed: one that was restarting is back tomorrow), at those of insecure services, and at one slice of all
others, in turn: what opens on an odd port is seen within `nights` nights at the latest. Where nights were missed, more
slices a night catch up. Nothing here does I/O or reads a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from posture.facts.network import ALL_PORTS, MOST_PORTS, LookedAt, OpenPort, PortSweep, Vantage

NIGHTS = 14  # within which every port is looked at
MOST_SLICES = 3  # a night: catching up must not cost a night as much as a whole sweep does
STALE = 3  # times `nights` without a look, and a host is new again
NIGHT = timedelta(days=1)

PortRange = tuple[int, int]
"""First and last port."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What is looked at, from which side, and from which address of the scanner (empty where that is not known)."""

    address: str
    vantage: Vantage
    source: str = ""


@dataclass(frozen=True, slots=True)
class PortPlan:
    """What is looked at tonight.

    `why` says why that is everything; empty for a night of a rolling look. `always` are the ports of every night,
    whatever the host, `known` those of this host that were found open before, `slices` the ranges whose turn it is, and
    `others` the ranges that are left for another night, with the time of their last look. `lately` are the ports that
    were open within the last nights, with the time they were last seen so. `alone` is for a look at `always` that says
    nothing of the rest.
    """

    why: str
    always: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    slices: tuple[PortRange, ...] = ()
    others: tuple[LookedAt, ...] = ()
    lately: tuple[LookedAt, ...] = ()
    alone: bool = False

    @property
    def full(self) -> bool:
        """Whether all ports are looked at."""
        return bool(self.why)

    @property
    def ports(self) -> str:
        """All ports of tonight in nmap's notation."""
        return ALL_PORTS if self.full else _notation([*self._common(), *((port, port) for port in self.known)])

    @property
    def common(self) -> str:
        """Those of them that hosts whose turn has come to the same slices share; `known` come on top."""
        return ALL_PORTS if self.full else _notation(self._common())

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(last - first + 1 for first, last in ranges_of(self.ports))

    @property
    def oldest(self) -> datetime | None:
        """After tonight, no port's last look is older than this; None where tonight looks at all of them."""
        return min((other.at for other in self.others), default=None)

    def with_known(self, ports: Iterable[int]) -> PortPlan:
        """The plan with further ports of this host: those that something was seen to listen on from inside."""
        more = {port for port in ports if 1 <= port <= MOST_PORTS}
        return self if self.full else replace(self, known=tuple(sorted(more.union(self.known))))

    def merged(self, part: PortSweep) -> PortSweep:
        """What is known of the host after tonight's look; `part.ports` is what was really looked at.

        `part.open` is the truth of tonight for every port that was open before: what is not in it has closed. In the
        ranges of other nights nothing was open. A range's time is the beginning of the look at it, so never too late.
        A look that came to less than the plan speaks for its own ports only, and the next one is at everything.
        """
        swept = sum(last - first + 1 for first, last in ranges_of(part.ports))
        part = replace(part, once_open=_closed(self.lately, part.open))
        if self.alone or self.full or not _covers(part.ports, self.ports):
            return replace(part, swept=swept, looked=())
        tonight = (LookedAt(_notation([one]), part.started) for one in self.slices)
        looked = sorted((*tonight, *self.others), key=lambda slice_: next(ranges_of(slice_.ports)))
        return replace(part, ports=ALL_PORTS, tried=part.ports, swept=swept, looked=tuple(looked))

    def _common(self) -> list[PortRange]:
        return [*((port, port) for port in self.always), *self.slices]


def port_plan(
    previous: PortSweep | None,
    now: datetime,
    always: Collection[int],
    here: Standpoint,
    nights: int = NIGHTS,
) -> PortPlan:
    """Plan one host's night.

    Args:
        previous: what the last look came to; None where there was none, or it could not be made.
        now: when tonight's look begins, aware.
        always: ports that are looked at every night: those of insecure services.
        here: what will be looked at, and from where; what was seen from elsewhere is no help.
        nights: within how many nights every port has its turn, when none is missed.
    """
    why = _why_all(previous, now, here, nights)
    lately = _lately_open(previous, now, nights)
    if why or previous is None:
        return PortPlan(why, lately=lately)
    seen = _last_looks(previous, slices_of(nights))
    if seen is None:
        return PortPlan("not all ports were looked at before", lately=lately)
    turn = sorted(seen, key=lambda one: (one[1], one[0]))
    due = _due([(now - at) / NIGHT for _, at in turn], nights)
    return PortPlan(
        "",
        tuple(sorted({port for port in always if 1 <= port <= MOST_PORTS})),
        tuple(sorted(_numbers(lately))),
        tuple(sorted(one for one, _ in turn[:due])),
        tuple(LookedAt(_notation([one]), at) for one, at in sorted(turn[due:])),
        lately,
    )


def slices_of(nights: int) -> tuple[PortRange, ...]:
    """All ports in as many ranges as there are nights, as even as can be."""
    count = max(1, min(nights, MOST_PORTS))
    return tuple((MOST_PORTS * n // count + 1, MOST_PORTS * (n + 1) // count) for n in range(count))


def ranges_of(ports: str) -> Iterator[PortRange]:
    """The ranges of nmap's notation.

    Raises:
        ValueError: it is none of numbers from 1 to 65535.
    """
    for part in ports.split(","):
        first, dash, last = part.partition("-")
        low, high = int(first), int(last if dash else first)
        if not 1 <= low <= high <= MOST_PORTS:
            raise ValueError(f"{part!r} is no range of ports")
        yield low, high


def _why_all(previous: PortSweep | None, now: datetime, here: Standpoint, nights: int) -> str:
    if previous is None:
        return "nothing is known of this host's ports yet"
    if (previous.address, previous.vantage) != (here.address, here.vantage):
        return "another address, or another side of it, was looked at before"
    if not _same_place(previous.source, here.source):
        return "it was looked at from another place before, and who may reach a port may depend on that"
    if previous.ended > now or any(one.at > now for one in previous.looked):
        return "the last look lies in the future, so a clock was wrong"
    if now - previous.started > nights * STALE * NIGHT:
        return f"the last look is older than {nights * STALE} nights"
    return ""


def _same_place(before: str, now: str) -> bool:
    """The same address, or of IPv6 the same network: systems change the rest of theirs every day (RFC 8981)."""
    try:
        then, today = ip_address(before), ip_address(now)
    except ValueError:
        return before == now
    if then.version == 6 and today.version == 6:
        return ip_address(now) in ip_network((before, 64), strict=False)
    return then == today


def _lately_open(previous: PortSweep | None, now: datetime, nights: int) -> tuple[LookedAt, ...]:
    """The ports open in the last look, and those that closed after they were seen open at most `nights` nights ago."""
    if previous is None:
        return ()
    opened = _notation((port.port, port.port) for port in previous.open if port.protocol == "tcp")
    seen = (*([LookedAt(opened, previous.started)] if opened else []), *previous.once_open)
    recent = (one for one in seen if one.at == previous.started or round((now - one.at) / NIGHT) <= nights)
    return tuple(one for one in recent if _readable(one.ports))


def _readable(ports: str) -> bool:
    try:
        return bool(tuple(ranges_of(ports)))
    except ValueError:
        return False


def _closed(lately: Sequence[LookedAt], now_open: Iterable[OpenPort]) -> tuple[LookedAt, ...]:
    """Those of the ports that are open no longer; each once, with the latest time."""
    found, done = [], {port.port for port in now_open if port.protocol == "tcp"}
    for one in sorted(lately, key=lambda one: one.at, reverse=True):
        left = _numbers([one]) - done
        done |= left
        if left:
            found.append(LookedAt(_notation((port, port) for port in left), one.at))
    return tuple(found)


def _numbers(looks: Iterable[LookedAt]) -> set[int]:
    return {port for one in looks for first, last in ranges_of(one.ports) for port in range(first, last + 1)}


def _last_looks(previous: PortSweep, slices: Sequence[PortRange]) -> list[tuple[PortRange, datetime]] | None:
    """Each slice with the moment none of its ports was looked at before; None if one was never looked at whole."""
    looked = previous.looked or (LookedAt(previous.ports, previous.started),)
    try:
        known = sorted((one, slice_.at) for slice_ in looked for one in ranges_of(slice_.ports))
    except ValueError:
        return None
    found = []
    for first, last in slices:
        at, next_port = None, first
        for (low, high), when in known:
            if high < next_port or low > last:
                continue
            if low > next_port:
                return None
            at, next_port = (when if at is None else min(at, when)), high + 1
        if at is None or next_port <= last:
            return None
        found.append(((first, last), at))
    return found


def _due(ages: Sequence[float], nights: int) -> int:
    """How many slices a night it takes so that none gets older than `nights`; the ages are in nights, oldest first."""
    for count in range(1, MOST_SLICES):
        if all(round(age) + place // count <= nights for place, age in enumerate(ages)):
            return count
    return MOST_SLICES


def _covers(ports: str, wanted: str) -> bool:
    """Whether all the wanted ports are among the ports."""
    known = tuple(ranges_of(_notation(ranges_of(ports))))
    return all(any(low <= first and last <= high for low, high in known) for first, last in ranges_of(wanted))


def _notation(ranges: Iterable[PortRange]) -> str:
    """Ranges in nmap's notation: in order, joined where they touch."""
    joined: list[PortRange] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in joined)
