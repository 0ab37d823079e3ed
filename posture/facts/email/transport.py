"""How mail to the domain is kept from eavesdroppers: MTA-STS, reports of failed TLS; and its logo (BIMI)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MtaSts:
    """MTA-STS (RFC 8461). `texts` are the TXT records at ``_mta-sts``; more than one is none (3.1).

    `fetched`: the policy file was fetched and read; `not_fetched` says why not. `mode` is enforce, testing or none.
    `unmatched` are exchangers that no `mx` pattern of the policy names. `problems` make the policy void.
    """

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    version_id: str = ""
    fetched: bool = False
    not_fetched: str = ""
    mode: str = ""
    patterns: tuple[str, ...] = ()
    max_age: int = 0
    unmatched: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsReporting:
    """TLS-RPT (RFC 8460, 3): where senders report that TLS failed."""

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrandIndicator:
    """BIMI at ``default._bimi``: noted, never judged; `logo` and `certificate` are addresses, never fetched."""

    domain: str
    observed: datetime
    texts: tuple[str, ...] = ()
    logo: str = ""
    certificate: str = ""
    declined: bool = False
