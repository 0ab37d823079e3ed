"""Networks, IP addresses and host names as an inventory may give them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from posture.inventory.forms import refused
from posture.model.customer import IPAddress, IPNetwork, unmapped

# No customer has more than a /8 of IPv4 (RFC 1918's largest); /20 is the largest IPv6 block a registry gives out.
WIDEST: Final = {4: 8, 6: 20}

# Nobody's: "this network" (0.0.0.0 connects to this very machine), multicast, and what is reserved (RFC 6890).
_HOSTLESS: Final = tuple(map(ip_network, ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8")))

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_READ_AS_NUMBER = re.compile(r"(.*\.)?([0-9]+|0[xX][0-9a-fA-F]*)\.?")  # resolvers take 0x7f000001 and 10.1 for IPv4


def parse_network(value: object) -> IPNetwork:
    """A network without host bits; an address is a network of one.

    Raises:
        PydanticCustomError: it is none, or one that can never match. The value is named only if it is a network.
    """
    if not isinstance(value, str) or "%" in value:
        raise refused("is no network", "write it like 198.51.100.0/28 or 2001:db8:1::/48")
    try:
        loose = ip_network(value, strict=False)
    except ValueError:
        raise refused("is no network", "write it like 198.51.100.0/28 or 2001:db8:1::/48") from None
    inner = _mapped(loose)
    if inner is not None:
        raise refused(f"{loose} is IPv4 in the clothes of IPv6", f"write {inner}")
    try:
        return ip_network(value)
    except ValueError:
        raise refused(f"is an address inside {loose}, not a network", f"write {loose}, if all of it is meant") from None


def parse_agreed_network(value: object) -> IPNetwork:
    """A network a customer can have agreed to.

    Raises:
        PydanticCustomError: it is no network, too wide, or holds no hosts.
    """
    network = parse_network(value)
    fix = "write the customer's own networks"
    if network.prefixlen == 0:
        raise refused(f"{network} is the whole internet, which no customer can agree to", fix)
    if network.prefixlen < WIDEST[network.version]:
        raise refused(
            f"{network} is too wide to have been agreed", f"{fix}, none wider than /{WIDEST[network.version]}"
        )
    if hostless(network.network_address) and hostless(network.broadcast_address):
        raise refused(f"{network} holds no hosts", fix)
    return network


def literal(text: str) -> IPAddress | None:
    """The address a text spells out, IPv4 also where it is written as IPv6; none where it is a name or has a zone."""
    try:
        return unmapped(ip_address(text)) if "%" not in text else None
    except ValueError:
        return None


def hostless(address: IPAddress) -> bool:
    """Whether no host can have the address."""
    return any(address in none for none in _HOSTLESS)


def _mapped(network: IPNetwork) -> IPv4Network | None:
    """The IPv4 network inside an IPv4-mapped one (RFC 4291, 2.5.5.2), which would never match an address here."""
    if not isinstance(network, IPv6Network) or network.prefixlen < 96:
        return None
    inner = IPv6Address(network.network_address).ipv4_mapped
    return IPv4Network((inner, network.prefixlen - 96)) if inner is not None else None


def web_host(url: str) -> str:
    """The URL, where git and curl read its host as it is written: a name that they spell otherwise is another one.

    Raises:
        PydanticCustomError: they do not; also where the port is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return url
    try:
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise refused("has a port that is none", "write a number from 1 to 65535, or leave it out") from None
    if literal(host) is None and _host_name(host) != host:
        raise refused("has a host name that ends in a dot", "delete the dot")
    return url


def _host_name(text: str) -> str:
    name_like = (
        text.isascii() and len(text) <= 253 and _HOST_NAME.fullmatch(text) and not _READ_AS_NUMBER.fullmatch(text)
    )
    if not name_like:
        fix = "write 198.51.100.2, 2001:db8::2 or web1.bakery.example, without scheme, port or zone"
        if not text.isascii():
            fix = "write the name in its ASCII form, which starts with xn--"
        raise refused("is neither an IP address nor a host name", fix)
    return text.lower().removesuffix(".")


def _address(text: str) -> str:
    address = literal(text)
    if address is None:
        return _host_name(text)
    if hostless(address):
        raise refused(f"{address} is no host's address", "write the address of the host")
    return str(address)


def _domain(text: str) -> str:
    if literal(text) is not None or "." not in text.removesuffix("."):
        raise refused("is no domain", "write it like bakery.example")
    return _host_name(text)


AgreedNetwork = Annotated[
    IPNetwork, PlainValidator(parse_agreed_network), WithJsonSchema({"type": "string"}, mode="validation")
]
AnyNetwork = Annotated[IPNetwork, PlainValidator(parse_network), WithJsonSchema({"type": "string"}, mode="validation")]
HostAddress = Annotated[str, AfterValidator(_address)]
DomainName = Annotated[str, AfterValidator(_domain)]
