"""Names and addresses as sshd matches them (match.c, addrmatch.c; PATTERNS in ssh_config(5))."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

ANYBODYS = ("192.0.2.1", "2001:db8::1")  # stand for all addresses nobody chose (RFC 5737, RFC 3849)


def matches(text: str, pattern: str) -> bool:
    """Whether a pattern covers a text: ``*`` and ``?`` are wild, brackets are not."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def comes_from(address: str, patterns: str) -> bool:
    """Whether an address is in a list as of ``from=``: wildcards or CIDR, commas between, ``!`` takes out."""
    found = False
    for pattern in patterns.lower().split(","):
        plain = pattern.removeprefix("!")
        if not (_in_network(address, plain) or matches(address, plain)):
            continue
        if plain != pattern:
            return False
        found = True
    return found


def named(user: str, address: str, patterns: Iterable[str]) -> bool:
    """Whether DenyUsers or AllowUsers name an account that comes from an address: USER or USER@HOST."""
    for pattern in patterns:
        name, at, host = pattern.rpartition("@")
        if matches(user, name if at else pattern) and (not at or comes_from(address, host)):
            return True
    return False


def _in_network(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:  # a name or a wildcard; sshd refuses a network with host bits, too
        return False
