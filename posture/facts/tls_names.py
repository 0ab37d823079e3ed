"""Where the names in a host's certificates lead: what else belongs to its owner, told by the DNS alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Leads(StrEnum):
    """Where the DNS says that a name leads."""

    HERE = "here"  # to the host itself, and to no further address that may be looked at
    LISTED = "listed"  # to other hosts that the inventory lists
    ELSEWHERE = "elsewhere"  # to others, or besides to an address in the customer's networks that no host has
    NO_ADDRESS = "no address"  # the name is there, without one
    NOWHERE = "nowhere"  # NXDOMAIN (RFC 8020): the name, or the one its CNAME points to, does not exist
    UNKNOWN = "unknown"  # no answer


@dataclass(frozen=True, slots=True)
class TlsName:
    """One name of a certificate.

    `ports` are those that showed it. `addresses` are all that it leads to, `others` those that are neither the host's
    own nor another listed host's, `agreed` those of them inside the customer's networks: they may be looked at, and
    were not. `alias` is the name that a CNAME leads to. `reason` says why UNKNOWN.
    """

    name: str
    ports: tuple[int, ...]
    leads: Leads
    addresses: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    alias: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TlsNames:
    """The names in a host's certificates, self-signed ones aside. No address that they lead to was contacted for this.

    `address` is the host's. `wildcards` are not asked, nor are names that no public DNS has. `left` counts the names
    beyond the bound. `not_asked` says why none was asked where that is on purpose.
    """

    address: str
    names: tuple[TlsName, ...]
    observed: datetime
    wildcards: tuple[str, ...] = ()
    left: int = 0
    not_asked: str = ""
