"""Where the domain's mail goes and comes from, as the DNS says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.email.zone import Security


@dataclass(frozen=True, slots=True)
class TlsaRecord:
    """One TLSA record (RFC 6698, 2.1): usage, selector, matching type, data as hexadecimal digits."""

    usage: int
    selector: int
    matching: int
    data: str


@dataclass(frozen=True, slots=True)
class Exchanger:
    """One mail exchanger. `name` is the MX target (the domain itself where it has no MX: RFC 5321, 5.1).

    `alias`: the name is a CNAME, which it must not be. `security` is that of its address records. `tlsa` stand at
    ``_25._tcp.name``; `tlsa_security` is theirs. `error`: why it cannot be used; `unknown`: what was not found out.
    """

    name: str
    preference: int
    addresses: tuple[str, ...] = ()
    alias: str = ""
    security: Security = Security.UNKNOWN
    tlsa: tuple[TlsaRecord, ...] = ()
    tlsa_security: Security = Security.UNKNOWN
    error: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class MailRouting:
    """Who takes the domain's mail. `null_mx`: it says that it takes none (RFC 7505).

    `implicit`: there is no MX record, and the domain's own addresses stand for one. `security`: of the MX answer.
    `problems` are what is wrong with the records together; `left_out` counts exchangers beyond those looked at.
    """

    domain: str
    observed: datetime
    exchangers: tuple[Exchanger, ...] = ()
    null_mx: bool = False
    implicit: bool = False
    security: Security = Security.UNKNOWN
    problems: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SendingHost:
    """A customer's address that may send for the domain; `why` says what lets it (SPF, or that it is an exchanger).

    `pointer` is the name that PTR records of its address stand at, `names` what they say, `confirmed` those of them
    that lead to the address again (forward-confirmed reverse DNS). `greeting` is the name it greets with, empty where
    it was not asked; `greeting_at` are the addresses which that name leads to. `unknown`: what could not be looked up.
    """

    address: str
    why: str
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    greeting: str = ""
    greeting_at: tuple[str, ...] = ()
    unknown: str = ""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class SendingHosts:
    """The customer's own hosts that may send for the domain. `left_out` counts addresses beyond those looked at."""

    domain: str
    observed: datetime
    hosts: tuple[SendingHost, ...] = ()
    left_out: int = 0
