"""DKIM keys and DMARC policies of which something is wrong, for the checks that judge them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from typical_email_dns import AT, SILENT, USE, ZONE
from typical_spf import GOOD as SPF
from typical_spf import NONE as NO_SPF

from posture.engine.email.forged import forged_mail
from posture.sdk import DkimKey, DkimKeys, DmarcPolicy, ForgedMail, ReportAddress, Sends, SpfPolicy, Unavailable

DOMAIN = "bakery.example"
BEHIND = "mail._domainkey.bakery.example"
KEY = DkimKey("mail", BEHIND, True, "v=DKIM1; k=rsa; p=MIIB", "rsa", 2048, services=("*",), public="AAAA")
KEYS = DkimKeys(DOMAIN, AT, (KEY,), tried=63)
NO_KEYS = DkimKeys(DOMAIN, AT, tried=63)
OWN = ReportAddress("mailto:d@bakery.example")
NO_DMARC = DmarcPolicy(DOMAIN, AT, organizational=DOMAIN)
UNSURE = replace(USE, sends=Sends.UNKNOWN, why="it has no SPF record, and the inventory does not say")
UNKNOWN = Unavailable("the resolver gave no answer")


def key(**changes: Any) -> DkimKeys:
    """One key that is in order, but for the changes."""
    return replace(KEYS, keys=(replace(KEY, **changes),))


def dmarc(text: str = "p=reject; rua=mailto:d@bakery.example", **changes: Any) -> DmarcPolicy:
    """The domain's own record with these tags and one address for reports, but for the changes."""
    tags = dict(tuple(map(str.strip, tag.split("=", 1))) for tag in f"v=DMARC1; {text}".split(";"))
    policy = tags.get("p", "none")
    below = tags.get("sp", policy)
    whole = "; ".join(f"{name}={value}" for name, value in tags.items())
    found = replace(
        NO_DMARC, texts=(whole,), applied=whole, found_at=DOMAIN, policy=policy, subdomains=below,
        nonexistent=tags.get("np", below), testing=tags.get("t") == "y", percent=int(tags.get("pct", "100")),
        aggregate=(OWN,) if "rua" in tags else (), tags=tuple(tags.items()),
    )  # fmt: skip
    return replace(found, **changes)


def forged(policy: DmarcPolicy, spf: SpfPolicy | Unavailable = SPF) -> ForgedMail:
    """What becomes of forged mail."""
    found = forged_mail(spf, policy, ZONE)
    assert isinstance(found, ForgedMail)
    return found


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Each branch of their texts."""
    watching, silent = dmarc("p=none; rua=mailto:d@bakery.example"), dmarc("p=none")
    testing, partly = dmarc("p=reject; t=y; rua=mailto:d@bakery.example"), dmarc("p=quarantine; pct=20")
    parent = dmarc("p=none; sp=none", found_at="example", texts=(), organizational="example")
    weaker, made_up = dmarc("p=reject; sp=none; rua=mailto:d@bakery.example"), dmarc("p=reject; np=none")
    between = dmarc("p=reject", subdomains="none", nonexistent="none", organizational="example")
    outside = ReportAddress("mailto:d@reports.example", external=True, agreed=False)
    mistyped = ReportAddress("d@bakery.example", error="mailto: is missing in front of it")
    typo = dmarc(
        "p=rejct",
        policy="",
        subdomains="",
        nonexistent="",
        broken="p=rejct: p, sp and np must be none, quarantine or reject",
    )
    twice = replace(NO_DMARC, texts=("v=DMARC1; p=reject", "v=DMARC1; p=none"), broken="2 records stand there")
    astray = replace(NO_DMARC, elsewhere=("bakery.example: v=DMARC1; p=reject",))
    lent = "s1.keys.service.example"
    return {
        "email.dmarc-missing": (
            (NO_DMARC, forged(NO_DMARC), USE, ZONE), (NO_DMARC, forged(NO_DMARC, NO_SPF), SILENT, ZONE),
            (NO_DMARC, forged(NO_DMARC, UNKNOWN), UNSURE, UNKNOWN),
        ),
        "email.dmarc-broken": (
            (typo, USE), (twice, USE), (astray, SILENT),
            (dmarc("p=none; pet=cat", problems=("there is no tag pet",)), USE),
        ),
        "email.dmarc-not-enforced": tuple(
            (policy, forged(policy), use)
            for policy, use in (
                (watching, USE), (silent, USE), (silent, SILENT), (testing, USE), (partly, UNSURE), (parent, USE),
            )
        ),
        "email.dmarc-subdomains": tuple((policy, forged(policy)) for policy in (weaker, made_up, between)),
        "email.dmarc-reports": (
            (dmarc("p=reject"), USE), (dmarc(aggregate=(OWN, outside)), USE), (dmarc(aggregate=(mistyped,)), USE),
            (dmarc(aggregate=(mistyped, outside), failure=(outside,)), SILENT),
        ),
        "email.forgeable": ((forged(NO_DMARC), ZONE), (forged(watching, NO_SPF), UNKNOWN)),
        "email.dkim-missing": (
            (replace(KEYS, missing=("summer",)), USE, ZONE), (replace(NO_KEYS, nothing_below=True), USE, UNKNOWN),
            (key(revoked=True, bits=0), UNSURE, ZONE),
        ),
        "email.dkim-key-weak": (
            (key(bits=512),), (key(bits=1024),), (key(weak="Its two primes are close to each other"),),
            (key(bits=1024, alias=lent),), (key(bits=768, text=""),),
        ),
        "email.dkim-broken": (
            (key(error="the key is cut off", bits=0),), (key(sha1_only=True),),
            (key(error="its alias leads to nowhere", alias=lent, text="", given=False),),
        ),
        "email.dkim-test-mode": ((key(testing=True, text="v=DKIM1; k=rsa; t=y; p=" + "M" * 390),),
                                 (key(testing=True, strict=True, alias=lent),)),
    }  # fmt: skip
