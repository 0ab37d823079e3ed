"""Sender Policy Framework (RFC 7208): who may send from the domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SpfResult(StrEnum):
    """What check_host() comes to (RFC 7208, 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One mechanism or modifier of a record, in the order it stands.

    `text` is as published; `name` is all, include, a, mx, ptr, ip4, ip6, exists, redirect, exp, or another modifier's.
    `qualifier` is ``+ - ~ ?`` (empty for modifiers). `target` is the domain it is about, macros expanded where that
    needs no message (empty where it has none, or needs one). `networks` are the addresses it lets send, as CIDR, where
    that can be listed. `lookups` are the DNS questions that it costs with all it includes, `void` those of them that
    found nothing (RFC 7208, 4.6.4).
    """

    text: str
    name: str
    qualifier: str = ""
    target: str = ""
    networks: tuple[str, ...] = ()
    lookups: int = 0
    void: int = 0


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """One record of the tree: the domain's own, or one that it includes or redirects to (`depth` 0 is the domain's)."""

    domain: str
    text: str
    depth: int
    terms: tuple[SpfTerm, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class SpfPolicy:
    """All that the SPF record leads to.

    `texts` are the TXT records that are SPF records: none, one, or by mistake several (a permanent error). `records` is
    the tree, each once, the domain's own first. `lookups` and `void` count as in the worst case: a sender that matches
    nothing; they stop a little above the limit. `error` is what makes receivers give up (permerror), `unknown` what
    could not be looked up (temperror; then nothing below is certain). `stranger` is what check_host() says of an
    address that no record names. `everyone`: the networks let at least half of all IPv4 or IPv6 addresses send.
    `allowed` counts the IPv4 addresses that may send. `shared` are the names of services for many senders that are
    included (``_spf.google.com``): all their customers pass unless the service itself keeps them apart.
    `misplaced` are texts that look like an SPF record and are none (wrong version, type, quotes).
    """

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    records: tuple[SpfRecord, ...] = ()
    lookups: int = 0
    void: int = 0
    error: str = ""
    unknown: str = ""
    stranger: SpfResult = SpfResult.NONE
    everyone: bool = False
    allowed: int = 0
    shared: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
