"""Who shares an nmap process with whom, when it starts, and how fast it may send: decided here, without doing it.

Kept at every moment: the rates of the processes that sweep one network (IPv4 /24, IPv6 /48) are together at most what
one network may get, and all rates together are within the total; a process over several networks counts in full in each
of them, so that this holds whatever nmap does inside. A customer with a rate of their own is treated as one network
besides, and shares no process with anybody else.

nmap spreads its rate evenly over the hosts it still looks at. Measured: of two hosts that share 10,000 packets a
second, one that drops packets got all of it once the other was done; of three and more none ever got more than 5,000.
So the rate of a process leaves out one host; and hosts that drop packets do not share one with others, they share the
network's rate by the work that each process has, so that all are done at the same time.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from posture.collect.network.sweep.notation import count, numbers, written
from posture.collect.network.sweep.wanted import Rates, Wanted
from posture.collect.network.techniques import NAMING_LIMIT, SWEEP_LIMIT, Pace, paced_naming, paced_sweep
from posture.collect.pace import for_sweeps
from posture.model.customer import IPAddress

WINDOW = 0.3  # seconds for further hosts to come; units that begin together do so within some 10 ms
MOST_HOSTS = 32
MOST_NAMED_TOGETHER = 100  # different ports; each is tried on every host
MOST_SECONDS = 240.0  # of one process at the worst: a process that fails loses what it found on all its hosts
NAMING_SECONDS = 90.0  # a port that never says a word takes 70
NAMING_RATE = 500  # packets a second: some dozen ports
SLACK = 1.25  # times the time that a group may take is what each of its hosts must have left
START_SECONDS = 10.0  # of nmap itself, and of its waiting for the last answers
_NETWORK_BITS = {4: 24, 6: 48}


@dataclass(slots=True, eq=False)
class Asked:
    """One request that waits.

    `came` is when it was asked, `until` when it can wait and run no longer, in seconds of time.monotonic().
    `permit_ends` tells that the permit ends before the deadline. `alone` is set when it must not share. `size` is the
    number of ports, `networks` are where the packets count.

    Raises:
        ValueError: no ports are wanted, or something that is no port.
    """

    wanted: Wanted
    technique: tuple[str, ...]
    came: float
    until: float
    alone: bool = False
    permit_ends: bool = False
    size: int = field(init=False)
    networks: frozenset[Hashable] = field(init=False)

    def __post_init__(self) -> None:
        """Derive what is asked often."""
        self.size = count(self.wanted.ports)
        if not self.size:
            raise ValueError("no ports are wanted")
        self.alone = self.alone or self.local
        self.networks = self._networks()

    @property
    def address(self) -> IPAddress:
        """Where to."""
        return self.wanted.permit.address

    @property
    def local(self) -> bool:
        """Whether it is this machine: nothing is between, nobody else is meant."""
        return self.address.is_loopback

    @property
    def rate(self) -> int:
        """Packets a second that sweeps may send to the customer; 0 for none in particular."""
        return for_sweeps(self.wanted.gate.customer.rate)

    @property
    def kind(self) -> Hashable:
        """Equal for requests that one nmap can serve."""
        wanted = self.wanted
        apart = self.rate or wanted.naming  # a host that holds up its naming holds up nobody else's customer
        own = (wanted.gate.customer.id, self.rate) if apart else None
        ports = "" if wanted.naming else wanted.ports
        return self.technique, self.address.version, wanted.naming, ports, wanted.retries, wanted.slow, own

    @property
    def work(self) -> int:
        """About how many packets it takes. One retry is for hosts that drop, more for those that seldom need one."""
        return self.size * (2 if self.wanted.retries == 1 else 1)

    def _networks(self) -> frozenset[Hashable]:
        if self.local or (self.wanted.naming and not self.rate):
            return frozenset()
        network = ip_network((self.address, _NETWORK_BITS[self.address.version]), strict=False)
        return frozenset({network, f"customer {self.wanted.gate.customer.id}"} if self.rate else {network})


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that one process serves. `rate` is what it takes of the total, `seconds` when it is killed."""

    members: tuple[Asked, ...]
    ports: str
    pace: Pace
    seconds: float

    @property
    def rate(self) -> int:
        """Packets a second that count; the few of naming do not."""
        first = self.members[0]
        return 0 if first.wanted.naming and not first.rate else self.pace.rate

    @property
    def networks(self) -> frozenset[Hashable]:
        """Where the rate counts."""
        return frozenset().union(*(member.networks for member in self.members))

    @property
    def flags(self) -> tuple[str, ...]:
        """For nmap."""
        first = self.members[0]
        flags = paced_naming if first.wanted.naming else paced_sweep
        return flags(first.address, first.technique, self.ports, self.pace)


def next_group(waiting: Sequence[Asked], running: Iterable[Group], rates: Rates, now: float) -> Group | None:
    """The group to start next, or None where all must wait.

    Args:
        waiting: in the order in which they came, which is the order in which they are served: one whose network has
            no room is passed over, one for which nothing is left of the total is not.
        running: the groups that have not ended.
        rates: not to be exceeded.
        now: of time.monotonic().
    """
    used: Counter[Hashable] = Counter()
    free = rates.total
    for group in running:
        used.update(dict.fromkeys(group.networks, group.rate))
        free -= group.rate
    rooms = {id(asked): _room(asked, used, rates) for asked in waiting}
    for first in waiting:
        room, worth = rooms[id(first)], _worth(first, rates)
        if first.networks and room < worth:
            continue
        if first.networks and free < worth:
            return None
        alike = [asked for asked in waiting if asked.kind == first.kind and rooms[id(asked)] >= room]
        group = _grown(first, alike, rates, min(room, free), now)
        if _due(group, now):
            return _leaving_room(group, waiting, rates, min(room, free), now)
    return None


def _room(asked: Asked, used: Counter[Hashable], rates: Rates) -> int:
    """Packets a second that may still be sent to the networks of a request."""
    limits = ((key, asked.rate if isinstance(key, str) else rates.per_network) for key in asked.networks)
    return min((limit - used[key] for key, limit in limits), default=rates.per_network)


def _worth(first: Asked, rates: Rates) -> int:
    """The least rate that a sweep is begun with: a process that crawls keeps its hosts from a better one."""
    return max(1, min(_wish((first,), rates), rates.per_network // 10))


def _leaving_room(group: Group, waiting: Sequence[Asked], rates: Rates, room: int, now: float) -> Group:
    """The group at such a rate that others who wait for its networks, and cannot join it, are done when it is."""
    first = group.members[0]
    others = [o for o in waiting if o.kind != first.kind and o.networks & group.networks]
    if not others or not group.rate:
        return group
    own, theirs = (sum(asked.work for asked in those) for those in (group.members, others))
    rate = max(_worth(first, rates), room * own // (own + theirs))
    slower = _made(group.members, rates, min(rate, room), now)
    return slower if _in_time(slower, now) else group


def estimate(hosts: int, ports: int, retries: int, rate: int) -> float:
    """Seconds that a sweep takes when every port stays silent; rate in packets a second, 0 for this machine."""
    return START_SECONDS + hosts * ports * (1 + retries) / (rate or 5000)


def shuffled(addresses: Iterable[IPAddress]) -> tuple[IPAddress, ...]:
    """In an order that says nothing, so that a network does not see its addresses counted up."""
    listed = list(addresses)
    random.SystemRandom().shuffle(listed)
    return tuple(listed)


def _due(group: Group, now: float) -> bool:
    first = group.members[0]
    return first.alone or len(group.members) == MOST_HOSTS or now >= first.came + WINDOW


def _grown(first: Asked, others: Sequence[Asked], rates: Rates, room: int, now: float) -> Group:
    group = _made((first,), rates, room, now)
    if first.alone:
        return group
    for other in others:
        if len(group.members) == MOST_HOSTS:
            break
        if other is first or other.alone or other.address in _addresses(group):
            continue
        larger = _made((*group.members, other), rates, room, now)
        if _sensible(larger, now):
            group = larger
    return group


def _addresses(group: Group) -> set[IPAddress]:
    return {member.address for member in group.members}


def _sensible(group: Group, now: float) -> bool:
    """Whether nobody's end would cut the others short, and not too much is lost when it fails."""
    if not _in_time(group, now):
        return False
    if group.members[0].wanted.naming:
        return count(group.ports) <= MOST_NAMED_TOGETHER
    return _expected(group) <= MOST_SECONDS


def _in_time(group: Group, now: float) -> bool:
    return all(member.until - now >= SLACK * _expected(group) for member in group.members)


def _expected(group: Group) -> float:
    first = group.members[0]
    if first.wanted.naming:
        return NAMING_SECONDS
    return estimate(len(group.members), first.size, first.wanted.retries, group.pace.rate)


def _made(members: tuple[Asked, ...], rates: Rates, room: int, now: float) -> Group:
    first = members[0]
    ports, pace = first.wanted.ports, Pace(_rate(members, rates, room), first.wanted.retries)
    if first.wanted.naming and len(members) > 1:
        ports = written(frozenset().union(*(numbers(member.wanted.ports) for member in members)))
    group = Group(members, ports, pace, 0)
    limit = (NAMING_LIMIT if first.wanted.naming else SWEEP_LIMIT).total_seconds()
    left = min(member.until - now for member in members)
    return Group(members, ports, pace, min(limit, left, limit if len(members) == 1 else 60 + 3 * _expected(group)))


def _rate(members: tuple[Asked, ...], rates: Rates, room: int) -> int:
    """What these hosts get where there is so much room."""
    if members[0].local:
        return 0
    wish = _wish(members, rates)
    if members[0].wanted.naming and not members[0].rate:
        return min(NAMING_RATE, wish)
    return min(wish, room, NAMING_RATE if members[0].wanted.naming else wish)


def _wish(members: tuple[Asked, ...], rates: Rates) -> int:
    """The most that these hosts may get."""
    own = members[0].rate or rates.total
    most = min(rates.per_network, rates.total, rates.per_host * max(1, len(members) - 1), own)
    return max(1, most // 4) if members[0].wanted.slow else most
