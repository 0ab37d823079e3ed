"""DomainKeys Identified Mail (RFC 6376, RFC 8301, RFC 8463): the public keys that signatures are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The key record of one selector.

    `given`: the inventory names the selector; else it is one of those commonly used. `kind` is rsa or ed25519, `bits`
    the size of an RSA modulus. `revoked`: the key is empty (RFC 6376, 3.6.1). `testing`: ``t=y``. `strict`: ``t=s``.
    `sha1_only`: ``h=`` leaves out SHA-256. `error` says why a record cannot be used; `unknown` why it could not be
    looked up. `alias` is the name that a CNAME leads to: then somebody else keeps the key. `public` is the key in SSH's
    wire format in base64 (RFC 4253, 6.6; RFC 8709, 4), as lists of known keys have it. `weak` says why its private half
    is no secret any more (published, CVE-2017-15361...), empty where nothing is known against it.
    """

    selector: str
    name: str
    given: bool
    text: str = ""
    kind: str = ""
    bits: int = 0
    revoked: bool = False
    testing: bool = False
    strict: bool = False
    sha1_only: bool = False
    services: tuple[str, ...] = ()
    error: str = ""
    unknown: str = ""
    alias: str = ""
    public: str = ""
    weak: str = ""

    @property
    def usable(self) -> bool:
        """Whether receivers can hold a signature against it."""
        return not (self.error or self.unknown or self.revoked or self.sha1_only)


@dataclass(frozen=True, slots=True)
class DkimKeys:
    """The selectors that were asked for, and those that have a record.

    `missing` are selectors of the inventory without a record. `nothing_below`: the DNS says that no name exists below
    ``_domainkey`` (RFC 8020): then there is no key under any selector; else others than those tried may exist.
    `wildcard`: every selector has an answer, so that the common ones prove nothing, and are told only where they have
    another. `tried` counts the common ones that were asked for; `unknown` says that some had no answer, and why.
    """

    domain: str
    observed: datetime
    keys: tuple[DkimKey, ...] = ()
    missing: tuple[str, ...] = ()
    nothing_below: bool = False
    wildcard: bool = False
    tried: int = 0
    unknown: str = ""
