"""Domains whose mail is not kept from eavesdroppers, for the checks that judge it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from typical_email_dns import AT, MX, ROUTING, USE
from typical_spf import GOOD

from posture.sdk import (
    BrandIndicator,
    DmarcPolicy,
    MtaSts,
    Security,
    SpfResult,
    TlsaRecord,
    TlsReporting,
)

STS = MtaSts(
    "bakery.example", AT, ("v=STSv1; id=20261101",), "20261101", fetched=True, mode="enforce",
    patterns=("mx.bakery.example",), max_age=31_536_000,
)  # fmt: skip
NO_STS = MtaSts("bakery.example", AT)
REPORTING = TlsReporting(
    "bakery.example", AT, ("v=TLSRPTv1; rua=mailto:t@bakery.example",), ("mailto:t@bakery.example",)
)
NO_REPORTING = TlsReporting("bakery.example", AT)
BRAND = BrandIndicator("bakery.example", AT, ("v=BIMI1; l=https://bakery.example/logo.svg",), "https://…/logo.svg")
WATCHING = DmarcPolicy(
    "bakery.example", AT, ("v=DMARC1; p=none",), "bakery.example", "bakery.example", "none", "none", "none"
)
TLSA = TlsaRecord(3, 1, 1, "ab" * 32)
DANE = replace(ROUTING, exchangers=(replace(MX, tlsa=(TLSA,), tlsa_security=Security.SECURE),))
UNSIGNED = replace(ROUTING, exchangers=(replace(MX, tlsa=(TLSA,), tlsa_security=Security.INSECURE),))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of domains on which it fails."""
    void = replace(STS, fetched=False, mode="", problems=("mta-sts.bakery.example has no address",))
    return {
        "email.mta-sts-broken": ((void, ROUTING), (replace(STS, unmatched=("mx2.bakery.example",)), ROUTING)),
        "email.mta-sts-missing": ((NO_STS, ROUTING, USE),),
        "email.tls-reporting-missing": ((NO_REPORTING, STS, ROUTING), (NO_REPORTING, NO_STS, DANE)),
        "email.tls-reporting-broken": ((replace(REPORTING, problems=("there are 2 records",)),),),
        "email.dane-unsigned": ((UNSIGNED,),),
        "email.bimi-without-dmarc": ((BRAND, WATCHING),),
        "email.spf-softfail": (
            (replace(GOOD, stranger=SpfResult.SOFTFAIL, texts=("v=spf1 mx ~all",)), WATCHING),
            (replace(GOOD, stranger=SpfResult.SOFTFAIL, records=()), WATCHING),
        ),
    }
