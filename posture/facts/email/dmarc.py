"""DMARC (RFC 9989, before it RFC 7489): what receivers are asked to do with mail that fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReportAddress:
    """Where reports go. `external`: to another organization, which has to agree (RFC 9990, 4).

    `agreed` is whether it does; None where that is not known, or not needed. `error`: the address cannot be used.
    """

    uri: str
    external: bool = False
    agreed: bool | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The policy that receivers apply to the domain.

    `texts` are the DMARC records at `found_at` (several are none, RFC 9989, 4.10.1). `found_at` is the name of the
    record that applies: the domain's own or that of a parent which the tree walk found; empty when there is none.
    `organizational` is the organizational domain by the tree walk. `policy`, `subdomains`, `nonexistent` are what
    applies to the domain, its subdomains, and subdomains that do not exist, after all defaults: none, quarantine or
    reject; empty without a record. `testing`: ``t=y``, which lowers each by one step. `percent` is what receivers by
    RFC 7489 apply it to. `psd` is the tag's value (y, n, u). `strict_dkim`, `strict_spf`: alignment. `unknown` says
    what could not be looked up. `problems` are mistakes that receivers overlook or that make the record none.
    `elsewhere` are DMARC texts that stand where nobody looks (the domain itself, a wrong name).
    """

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    found_at: str = ""
    organizational: str = ""
    policy: str = ""
    subdomains: str = ""
    nonexistent: str = ""
    testing: bool = False
    percent: int = 100
    psd: str = "u"
    strict_dkim: bool = False
    strict_spf: bool = False
    aggregate: tuple[ReportAddress, ...] = ()
    failure: tuple[ReportAddress, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    unknown: str = ""
    elsewhere: tuple[str, ...] = ()
