from __future__ import annotations

from checks.email.dmarc_record import inbox, where
from checks.email.zone_file import txt
from posture.sdk import (
    BrandIndicator,
    DmarcPolicy,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

ENOUGH = frozenset({"quarantine", "reject"})


@check(
    "email.bimi-without-dmarc",
    title="The logo for mail is never shown",
    clause="3",
    severity=Severity.INFO,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def bimi_without_dmarc(brand: BrandIndicator, dmarc: DmarcPolicy) -> Iterator[Verdict]:
    """A BIMI record gives a logo, and mailboxes do not show it: that takes a DMARC policy that is enforced.

    The record is noted as it stands; neither the logo nor its certificate is fetched or judged. It is wrong where a
    mailbox provider shows logos by rules of its own.
    """
    if not brand.texts or brand.declined:
        yield not_applicable(f"{brand.domain} has no BIMI record with a logo")
    elif dmarc.unknown:
        yield not_assessed(f"The DMARC policy of {brand.domain} is not known: {dmarc.unknown}")
    elif dmarc.policy in ENOUGH and dmarc.subdomains in ENOUGH and not dmarc.testing and dmarc.percent == 100:
        yield passed(f"{brand.domain} has a logo and an enforced DMARC policy")
    else:
        yield fail(
            f"{brand.domain} publishes a logo (BIMI), which takes an enforced DMARC policy to be shown",
            evidence=[
                Evidence(f"TXT of default._bimi.{brand.domain}", text, brand.observed) for text in brand.texts[:2]
            ],
            domain=brand.domain,
            better=txt(where(brand.domain), f"v=DMARC1; p=quarantine; rua={inbox(brand.domain)}"),
        )
