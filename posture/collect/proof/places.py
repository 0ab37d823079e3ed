"""Where the token of a challenge is published."""

from __future__ import annotations

import secrets
from ipaddress import ip_address, ip_network

from posture.model.customer import IPAddress, IPNetwork

LABEL = "_posture-challenge"
PATH = "/.well-known/posture-challenge"
_BITS_OF_A_LABEL = {4: 8, 6: 4}  # in-addr.arpa (RFC 1035, 3.5) and ip6.arpa (RFC 3596, 2.5)


def network_of(target: str) -> IPNetwork | None:
    """The network that a target is; None where it is a domain."""
    try:
        return ip_network(target)
    except ValueError:
        return None


def address_of(target: str) -> IPAddress | None:
    """The address that a target is; None where it is a domain or a network of several."""
    try:
        return ip_address(target)
    except ValueError:
        return None


def has_reverse_zone(network: IPNetwork) -> bool:
    """Whether one name of the reverse tree stands for the network and nothing else."""
    return network.prefixlen % _BITS_OF_A_LABEL[network.version] == 0


def reverse_name(network: IPNetwork) -> str:
    """The name of a network in the reverse tree, without a dot at its end: ``113.0.203.in-addr.arpa``."""
    labels = network.network_address.reverse_pointer.split(".")
    left_out = (network.max_prefixlen - network.prefixlen) // _BITS_OF_A_LABEL[network.version]
    return ".".join(labels[left_out:])


def parent_name(target: str) -> str:
    """The name below which the token of a target is published in the DNS."""
    network = network_of(target)
    return target if network is None else reverse_name(network)


def dns_name(target: str) -> str:
    """Where the TXT record stands."""
    return f"{LABEL}.{parent_name(target)}"


def made_up_name(target: str) -> str:
    """A name beside it that nobody can have published."""
    return f"_posture-{secrets.token_hex(8)}.{parent_name(target)}"


def made_up_path() -> str:
    """A path beside the file's that nobody can have published."""
    return f"{PATH}-{secrets.token_hex(8)}"
