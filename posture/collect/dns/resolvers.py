"""Which resolvers are asked, and whose word on DNSSEC counts.

We do not validate DNSSEC ourselves: a resolver does, and says so by the AD bit (RFC 4035, 3.2.3). Anybody on the way
can set that bit, so it counts from a resolver on this machine only, or from one that the operator names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.resolver

from posture.model.text import visible

DNS_PORT = 53
_PORT = re.compile("[0-9]{1,5}")


class NoResolver(Exception):
    """There is none to ask, or what names them is wrong. The message says what to do."""


@dataclass(frozen=True, slots=True)
class ResolverAddress:
    """One resolver; `trusted`: its word on DNSSEC counts."""

    address: str
    port: int = DNS_PORT
    trusted: bool = False

    def __str__(self) -> str:
        """As POSTURE_RESOLVER names it: ``127.0.0.1`` or ``127.0.0.1#5353``."""
        return self.address if self.port == DNS_PORT else f"{self.address}#{self.port}"


def named_resolvers(named: str) -> tuple[ResolverAddress, ...]:
    """The resolvers of POSTURE_RESOLVER (``address`` or ``address#port``, with commas between), else the system's.

    Raises:
        NoResolver: one is no address, or the system has none.
    """
    if not named.strip():
        return _of_the_system()
    return tuple(dict.fromkeys(_parsed(one.strip()) for one in named.split(",")))


def _parsed(text: str) -> ResolverAddress:
    address, marked, port = text.partition("#")
    try:
        known, number = str(ip_address(address)), int(port) if _PORT.fullmatch(port) else 0
    except ValueError:
        known, number = "", 0
    number = number if marked else DNS_PORT
    if not known or not 0 < number < 65_536:
        raise NoResolver(
            f"POSTURE_RESOLVER holds {visible(text, 60)!r}: write an address, or address#port; a comma between several"
        )
    return ResolverAddress(known, number, trusted=True)


def _of_the_system() -> tuple[ResolverAddress, ...]:
    try:
        known = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError) as error:
        raise NoResolver("this machine has no resolver: name one in POSTURE_RESOLVER") from error
    found = tuple(one for one in map(_plain, map(str, known)) if one is not None)
    if not found:
        raise NoResolver("this machine has no resolver that is an address: name one in POSTURE_RESOLVER")
    return found


def _plain(text: str) -> ResolverAddress | None:
    try:
        address = ip_address(text)
    except ValueError:  # DNS over HTTPS
        return None
    return ResolverAddress(str(address), DNS_PORT, trusted=address.is_loopback)
