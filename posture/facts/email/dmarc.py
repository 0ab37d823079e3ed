"""DMARC (RFC 9989, before it RFC 7489): what receivers are asked to do with mail that fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

LOWER: Final = {"reject": "quarantine", "quarantine": "none", "none": "none", "": ""}
"""Policy -> what ``t=y`` makes of it (RFC 9989, 4.7)."""


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

    `texts` are the DMARC records at the domain's own ``_dmarc`` name; several are none (RFC 9989, 4.10). `applied` is
    the record that applies and `found_at` the domain it belongs to: the domain itself or a parent that the tree walk
    found; both are empty when there is none. `organizational` is the organizational domain by the tree walk, empty
    where that is not known. `policy`, `subdomains`, `nonexistent` are what applies to the domain, its subdomains, and
    subdomains that do not exist, after all defaults but before `testing`: none, quarantine or reject; empty without a
    policy. `testing`: ``t=y``, which lowers each by one step. `percent` is what receivers by RFC 7489 apply it to.
    `psd` is the tag's value (y, n, u). `strict_dkim`, `strict_spf`: alignment. `tags` are those of `applied`.

    `broken` says why receivers take another policy from the domain's own record, or none, than it means to have;
    `problems` are mistakes in it that they overlook. `unknown` says what could not be looked up: what is empty is then
    not known. `elsewhere` are DMARC texts where nobody looks, each with its name (the domain itself, a doubled name).
    """

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    applied: str = ""
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
    broken: str = ""
    problems: tuple[str, ...] = ()
    unknown: str = ""
    elsewhere: tuple[str, ...] = ()
