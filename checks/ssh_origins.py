"""From where AllowUsers lets an account in when it keeps the internet out: ways in that no Match line names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network

from checks.ssh_addresses import ANYBODYS, comes_from, matches, named
from posture.sdk import INTERNET, SshdContext

MOST = 64  # patterns of a context that are looked at
_REST = ("1", "2", "1.1", "2.1", "1.1.1", "2.1.1", ":1", ":2")  # what may stand for ``*`` in an address


def with_origins(contexts: Iterable[SshdContext]) -> tuple[SshdContext, ...]:
    """The ways in of an account, and one more for each address that only AllowUsers tells apart (``bert@10.*``).

    What sshd does for these is what it does for the narrowest pattern of a Match line that covers them, or else for the
    internet. A host name counts where sshd looks it up (UseDNS), and then stands for itself.
    """
    known = tuple(contexts)
    return (*known, *(one for context in known if context.origin == INTERNET for one in _allowed(context, known)))


def is_address(text: str) -> bool:
    """Whether it is an IP address, and not a name."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _allowed(internet: SshdContext, known: tuple[SshdContext, ...]) -> Iterator[SshdContext]:
    allowed = [value for name, value in internet.options if name == "allowusers" and value]
    if any(named(internet.user, address, allowed) for address in ANYBODYS):
        return
    for pattern in allowed[:MOST]:
        user, at, hosts = pattern.rpartition("@")
        if not at or not matches(internet.user, user):
            continue
        for host in hosts.lower().split(",")[:MOST]:
            tried = [one for one in _samples(host, names=internet.get("usedns") == "yes") if comes_from(one, hosts)]
            bases: list[SshdContext] = []
            for address in tried:
                base = _covering(address, internet, known)
                judged = base is not internet and comes_from(base.address, hosts)
                if base not in bases and not judged:
                    bases.append(base)
                    yield replace(base, origin=host, address=address)


def _samples(host: str, *, names: bool) -> list[str]:
    """Addresses that may stand for a pattern, the first of them best."""
    try:
        network = ip_network(host)
        size = network.num_addresses
        return [str(network[place]) for place in ((1, size // 2, size - 2) if size > 2 else range(size))]
    except ValueError:
        tried = [host.replace("?", "1").replace("*", rest) for rest in _REST]
        return [one for one in tried if is_address(one)] or ([host] if names and not host.startswith("!") else [])


def _covering(address: str, internet: SshdContext, known: tuple[SshdContext, ...]) -> SshdContext:
    near = [
        one
        for one in known
        if one.origin != INTERNET
        and (one.port, one.local) == (internet.port, internet.local)
        and comes_from(address, one.origin)
    ]
    return max(near, key=lambda one: _fixed(one.origin), default=internet)


def _fixed(pattern: str) -> int:
    """How many bits of an address a pattern fixes, about."""
    try:
        return ip_network(pattern).prefixlen
    except ValueError:
        return 8 * pattern.partition("*")[0].count(".")
