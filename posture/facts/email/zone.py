"""The domain itself, as a resolver sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Security(StrEnum):
    """What DNSSEC says of an answer (RFC 4035, 4.3)."""

    SECURE = "secure"  # signed, and a resolver whose word counts has validated it
    INSECURE = "insecure"  # provably not signed
    BOGUS = "bogus"  # signed, and the signatures do not hold: validating resolvers give no answer at all
    UNKNOWN = "unknown"  # no resolver whose word counts validates


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """Who may issue certificates for the domain (RFC 8659, 4.1): `tag` is issue, issuewild, iodef, issuemail..."""

    tag: str
    value: str
    critical: bool = False


@dataclass(frozen=True, slots=True)
class DnsZone:
    """The domain's zone.

    `exists` is False when the DNS says that there is no such name (NXDOMAIN). `declared` is what the inventory says of
    sending: None where it says nothing. `unsigned` says, for Security.UNKNOWN, why it is not known. `caa_at` is the
    name that the CAA records stand at: the domain or the nearest parent that has some (RFC 8659, 3); empty when none
    does. `caa_unknown` says why they are not known. `resolvers` are who was asked. `wildcard_txt`: a name that nobody
    made has TXT records, so a name below the domain that has one was not necessarily made either.
    """

    domain: str
    exists: bool
    observed: datetime
    declared: bool | None = None
    security: Security = Security.UNKNOWN
    unsigned: str = ""
    name_servers: tuple[str, ...] = ()
    caa: tuple[CaaRecord, ...] = ()
    caa_at: str = ""
    caa_unknown: str = ""
    resolvers: tuple[str, ...] = ()
    wildcard_txt: bool = False
