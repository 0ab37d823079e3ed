from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from posture.model.resource import Resource

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

REPORT_LANGUAGES = frozenset({"en"})
"""What reports are written in; a customer of another language gets English."""


def unmapped(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2); any other address as it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class AuthorizationMethod(StrEnum):
    """How the customer allowed the audit."""

    CONTRACT = "contract"
    DNS_TXT = "dns-txt"
    HTTP_TOKEN = "http-token"  # noqa: S105
    OWN_ALLOCATION = "own-allocation"


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who allowed the audit of what, under which reference, from when until when (aware times)."""

    method: AuthorizationMethod
    reference: str
    granted_by: str
    valid_from: datetime
    valid_until: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether the authorization holds at this moment; the end is excluded."""
        return self.valid_from <= moment < self.valid_until


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: who reads the report, what may be contacted, and what there is to audit.

    `networks` are the only addresses that may ever be contacted; `exclude` is taken out of them.
    """

    id: str
    name: str
    authorization: Authorization
    networks: tuple[IPNetwork, ...] = ()
    exclude: tuple[IPNetwork, ...] = ()
    resources: tuple[Resource, ...] = ()
    contact: str = ""
    language: str = "en"
    timezone: str = "UTC"

    def in_scope(self, address: IPAddress) -> bool:
        """Whether `networks` without `exclude` holds the address; an IPv4-mapped IPv6 address counts as IPv4."""
        plain = unmapped(address)
        return any(plain in n for n in self.networks) and not any(plain in n for n in self.exclude)
