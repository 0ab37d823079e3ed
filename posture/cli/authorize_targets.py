"""What somebody is to prove: domains and addresses as they were typed, held against what can be proven at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network

from posture.cli.errors import Usage
from posture.collect.proof.places import has_reverse_zone
from posture.collect.proof.shared import operator_of_network
from posture.model.customer import AuthorizationMethod, IPAddress, IPNetwork, unmapped
from posture.model.text import visible

MOST_SINGLE = 256  # addresses that are proven one by one
WIDEST_PROVEN = {4: 24, 6: 64}  # prefix of a network that a token may prove
_WIDEST = {4: 8, 6: 20}  # as the inventory has it: no customer has more
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,230}}\Z)({_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")  # room is left for the challenge
_HOSTLESS = tuple(map(ip_network, ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8")))

Covered = Callable[[IPAddress], bool]
"""Whether an address that is not public is known to be the customer's, by an allocation or a contract."""


def domain_target(text: str) -> str:
    """A domain in its ASCII form, in small letters, without a dot at its end.

    Raises:
        Usage: it is none.
    """
    name = text.strip().removesuffix(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise Usage(f"{visible(text, 80)} is no domain", "write it like new.example")
    return name


def network_target(text: str) -> IPNetwork:
    """An address or a network; an address is a network of one.

    Raises:
        Usage: it is none, or one that no customer can have.
    """
    try:
        network = _unmapped(text.strip().replace("%", "/"))  # a zone is no length of a prefix
    except ValueError:
        raise Usage(
            f"{visible(text, 80)} is no address or network", "write it like 203.0.113.7 or 203.0.113.0/28"
        ) from None
    if network.prefixlen < _WIDEST[network.version]:
        raise Usage(f"{network} is too wide to be one customer's", "name the customer's own networks")
    if any(network.overlaps(none) for none in _HOSTLESS):
        raise Usage(f"{network} holds addresses that no host can have", "name the customer's own addresses")
    return network


def shown_target(network: IPNetwork) -> str:
    """As it is stored and shown: one address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def refuse_shared(networks: Iterable[IPNetwork]) -> None:
    """Addresses of content delivery networks are nobody's own.

    Raises:
        Usage: one of them is.
    """
    for network in networks:
        if operator := operator_of_network(network):
            raise Usage(
                f"{shown_target(network)} is shared by many customers of {operator}: it is not looked at",
                "name the addresses behind it, which are the customer's own",
            )


def proven_by_token(networks: Sequence[IPNetwork], method: AuthorizationMethod, covered: Covered) -> list[str]:
    """The targets that tokens are issued for: one for each address, or for a network with a reverse zone of its own.

    Raises:
        Usage: a network is too wide for it, or its addresses are nobody's to prove.
    """
    targets: list[str] = []
    for network in networks:
        if network.prefixlen < WIDEST_PROVEN[network.version]:
            raise Usage(
                f"{network} is too wide to be proven by a token: /{WIDEST_PROVEN[network.version]} at most",
                "name its parts, or use --method own-allocation or contract",
            )
        _refuse_private(network, covered)
        zone = method is AuthorizationMethod.DNS_TXT and network.num_addresses > 1 and has_reverse_zone(network)
        if zone:
            targets.append(str(network))
        elif network.num_addresses <= MOST_SINGLE:
            targets += [str(address) for address in network]
        else:
            raise Usage(
                f"{network} has too many addresses to be proven one by one",
                "name the single addresses, or use --method dns-txt with a network that has a reverse zone",
            )
    return targets


def _refuse_private(network: IPNetwork, covered: Covered) -> None:
    for address in (network.network_address, network.broadcast_address):
        if not address.is_global and not covered(address):
            raise Usage(
                f"{address} is not public: anybody may have it, so that no token proves whose it is",
                "name it in the provider's allocation: --method own-allocation --allocation FILE",
            )


def _unmapped(text: str) -> IPNetwork:
    try:
        return ip_network(str(unmapped(ip_address(text))))
    except ValueError:
        return ip_network(text)
