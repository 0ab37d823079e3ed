"""How much of the internet the rules of a security group let in, all their sources taken together.

The parts of two rules add up: 0.0.0.0/1 and 128.0.0.0/1 are everybody.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from posture.sdk import AwsNetwork, IngressRule, PrefixList, SecurityGroup

LEAST4, LEAST6 = 1 << 24, 1 << 112  # addresses of a /8, and of an IPv6 /16: more than any one network's own
_ALL = "-1"
_NUMBERS = {"6": "tcp", "17": "udp"}  # IANA, Protocol Numbers
# What no packet of the internet comes from (IANA, IPv4 Special-Purpose Address Registry); IPv6: all but 2000::/3.
_PRIVATE = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3",
)  # fmt: skip

Span = tuple[int, int]  # first address, and the one after the last


def _span(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Span:
    first = int(network.network_address)
    return first, first + network.num_addresses


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, end in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((first, end))
    return joined


def _without(spans: list[Span], holes: list[Span]) -> int:
    """How many addresses the spans have outside of the holes; both are joined."""
    total = sum(end - first for first, end in spans)
    return total - sum(max(0, min(end, last) - max(first, hole)) for first, end in spans for hole, last in holes)


_HOLES4 = _joined(_span(ipaddress.IPv4Network(one)) for one in _PRIVATE)
_GLOBAL6 = _span(ipaddress.IPv6Network("2000::/3"))
_HOLES6 = [(0, _GLOBAL6[0]), (_GLOBAL6[1], 1 << 128)]
_SPACE4 = _without([(0, 1 << 32)], _HOLES4)
_SPACE6 = _GLOBAL6[1] - _GLOBAL6[0]


@dataclass(frozen=True, slots=True)
class Width:
    """How many public addresses of each family."""

    v4: int = 0
    v6: int = 0

    @property
    def wide(self) -> bool:
        """Whether that is more than a network that somebody could mean."""
        return self.v4 >= LEAST4 or self.v6 >= LEAST6

    @property
    def share(self) -> float:
        """Of the internet, 0 to 1, of the family that has more."""
        return max(self.v4 / _SPACE4, self.v6 / _SPACE6)

    @property
    def told(self) -> str:
        """For people."""
        if self.share >= 0.99:
            return "the whole internet"
        percent = round(100 * self.share)
        return f"{percent} % of the internet" if percent else "a large public network"


def understood(cidr: str) -> bool:
    """Whether this is a network."""
    return _parsed(cidr) is not None


@lru_cache(maxsize=65_536)
def _parsed(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4_096)
def width(cidrs: frozenset[str]) -> Width:
    """How much of the internet these networks have together; what is none counts for nothing."""
    parsed = [one for one in map(_parsed, cidrs) if one is not None]
    v4 = _joined(_span(one) for one in parsed if one.version == 4)
    v6 = _joined(_span(one) for one in parsed if one.version == 6)
    return Width(_without(v4, _HOLES4), _without(v6, _HOLES6))


Lists = Mapping[tuple[str, str], PrefixList]


def lists_of(network: AwsNetwork) -> Lists:
    """The prefix lists by region and id."""
    return {(one.region, one.id): one for one in network.prefix_lists}


@dataclass(frozen=True, slots=True)
class Openness:
    """The rules of one group with what their sources are; `unknown` are the sources that nobody could make out."""

    rules: tuple[tuple[IngressRule, frozenset[str]], ...]
    unknown: tuple[str, ...] = ()

    def at(self, protocol: str, first: int, last: int) -> Width:
        """How much of the internet reaches all these ports."""
        return width(frozenset().union(*(cidrs for _, cidrs in self.letting_in(protocol, first, last))))

    def letting_in(self, protocol: str, first: int, last: int) -> list[tuple[IngressRule, frozenset[str]]]:
        """The rules for all these ports."""
        return [(rule, cidrs) for rule, cidrs in self.rules if _covers(rule, protocol, first, last)]

    @property
    def most(self) -> Width:
        """All rules together: where that is narrow, nothing is open to the world."""
        return width(frozenset().union(*(cidrs for _, cidrs in self.rules)))

    def to_blame(self, ports: Iterable[tuple[str, int]]) -> list[IngressRule]:
        """The fewest rules, widest first, without which none of these ports is open to the world."""
        alike = dict.fromkeys(tuple(self.letting_in(protocol, port, port)) for protocol, port in ports)
        return list(dict.fromkeys(rule for rules in alike for rule in _fewest(rules)))


def openness(group: SecurityGroup, lists: Lists) -> Openness:
    """What the rules of a group let in; the lists of AWS itself are AWS's own networks."""
    rules = []
    unknown = []
    for rule in group.rules:
        if not rule.source.startswith("pl-"):
            cidrs: tuple[str, ...] = (rule.source,)
        else:
            named = lists.get((group.region, rule.source))
            if named is None or not named.read:
                unknown.append(rule.source)
            cidrs = named.entries if named else ()
        unknown += [cidr for cidr in cidrs if not understood(cidr)]
        rules.append((rule, frozenset(cidrs)))
    return Openness(tuple(rules), tuple(dict.fromkeys(unknown)))


def _fewest(rules: tuple[tuple[IngressRule, frozenset[str]], ...]) -> list[IngressRule]:
    """The widest of these rules, as many as have to go until the rest is narrow."""
    widest = sorted(rules, key=lambda one: -width(one[1]).share)
    count = bisect_left(
        range(len(widest)),
        1,
        key=lambda gone: not width(frozenset().union(*(cidrs for _, cidrs in widest[gone:]))).wide,
    )
    return [rule for rule, _ in widest[:count]]


def _covers(rule: IngressRule, protocol: str, first: int, last: int) -> bool:
    said = _NUMBERS.get(rule.protocol, rule.protocol)
    return said == _ALL or (said == protocol and rule.first <= first and last <= rule.last)
