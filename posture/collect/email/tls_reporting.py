"""TLS-RPT of a domain (RFC 8460, 3): who is told when mail to it could not be encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from posture.collect.email.asked import DomainAsked
from posture.collect.email.zone import texts_of
from posture.facts.email.transport import TlsReporting
from posture.model.text import visible

MOST_ADDRESSES = 20
_VERSION = re.compile(r"v=TLSRPTv1\s*(?:;|$)")
_ADDRESS = re.compile(r"mailto:[^@\s,;]{1,200}@[A-Za-z0-9.-]{1,253}|https://[A-Za-z0-9.-]{1,253}[!-~]*")


def read_tls_reporting(asked: DomainAsked) -> TlsReporting:
    """The record at ``_smtp._tls``.

    Raises:
        LookupFailed: whether there is one is not known.
    """
    answer = asked.lookup.found(f"_smtp._tls.{asked.domain}", "TXT")
    texts = tuple(text for text in texts_of(answer) if _VERSION.match(text))
    addresses = reporting_addresses(texts[0]) if len(texts) == 1 else ()
    return TlsReporting(asked.domain, asked.at, texts, addresses, tuple(_problems(texts, addresses)))


def reporting_addresses(text: str) -> tuple[str, ...]:
    """The addresses of a record, as they stand."""
    parts = (part.partition("=") for part in text.split(";"))
    fields = {key.strip(): value.strip() for key, _, value in parts}
    listed = [one.strip() for one in fields.get("rua", "").split(",")]
    return tuple(visible(one, 300) for one in listed if one)[:MOST_ADDRESSES]


def _problems(texts: tuple[str, ...], addresses: tuple[str, ...]) -> Iterator[str]:
    if len(texts) > 1:
        yield f"there are {len(texts)} records, and only one is allowed"
    elif texts and not addresses:
        yield "the record names nobody to report to (rua=)"
    for one in addresses:
        if not _ADDRESS.fullmatch(one):
            yield f"{one} is no mailto: or https: address"
