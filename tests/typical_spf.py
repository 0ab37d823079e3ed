"""SPF records of which something is wrong, for the checks that judge them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from typical_email_dns import AT, SILENT, USE, ZONE

from posture.sdk import Sends, SpfPolicy, SpfRecord, SpfResult, SpfTerm, Unavailable

OWN = SpfRecord(
    "bakery.example", "v=spf1 mx include:_spf.google.com -all", 0,
    (
        SpfTerm("mx", "mx", "+", "bakery.example", ("198.51.100.10/32", "2001:db8::10/128"), 1),
        SpfTerm("include:_spf.google.com", "include", "+", "_spf.google.com", (), 4),
        SpfTerm("-all", "all", "-"),
    ),
)  # fmt: skip
GOOD = SpfPolicy("bakery.example", AT, (OWN.text,), (OWN,), 5, 0, stranger=SpfResult.FAIL, allowed=1)
UNKNOWN = Unavailable("the resolver gave no answer")
NONE = SpfPolicy("bakery.example", AT)


def policy(**changes: Any) -> SpfPolicy:
    """A record that is in order, but for the changes."""
    return replace(GOOD, **changes)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of domains on which it fails."""
    long = "v=spf1 " + " ".join(f"ip4:198.51.100.{number}" for number in range(40)) + " ?all"
    wide = replace(OWN, terms=(SpfTerm("ip4:0.0.0.0/1", "ip4", "+", "", ("0.0.0.0/1",)), SpfTerm("+all", "all", "+")))
    return {
        "email.spf-missing": (
            (NONE, USE, ZONE), (NONE, SILENT, UNKNOWN),
            (replace(NONE, misplaced=('"v=spf1 -all"',)), replace(USE, sends=Sends.UNKNOWN), ZONE),
        ),
        "email.spf-broken": (
            (policy(error="it takes more than 10 DNS questions", lookups=13),),
            (policy(error="bakery.example has 2 SPF records", texts=(OWN.text, "v=spf1 a -all")),),
            (policy(error="more than 2 of its questions find nothing", void=3, records=()),),
        ),
        "email.spf-everyone": (
            (policy(stranger=SpfResult.PASS, records=(wide,)),), (policy(stranger=SpfResult.NEUTRAL, texts=(long,)),),
            (policy(allowed=2**24),),
        ),
        "email.spf-near-limit": ((policy(lookups=10),),),
        "email.spf-shared-senders": ((policy(shared=("_spf.google.com",)),),),
        "email.spf-ptr": ((policy(records=(replace(OWN, terms=(SpfTerm("ptr", "ptr", "+", lookups=1),)),)),),),
        "email.spf-misplaced": ((policy(misplaced=('"v=spf1 -all"',)),),),
    }  # fmt: skip
