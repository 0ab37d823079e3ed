from __future__ import annotations

from checks.email.zone_file import txt
from posture.sdk import Evidence, Iterator, Severity, SpfPolicy, Verdict, check, fail, passed


@check(
    "email.spf-misplaced",
    title="A text that looks like SPF is none",
    clause="3",
    severity=Severity.LOW,
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
def spf_misplaced(spf: SpfPolicy) -> Iterator[Verdict]:
    """A record meant as SPF is not read as one: quotes or spaces in the text, another version, the retired type SPF.

    Only TXT records whose text begins with ``v=spf1`` and a space count (RFC 7208, 3.1 and 4.5). It is wrong where
    a text that looks so is meant otherwise.
    """
    if spf.misplaced:
        yield fail(
            f"{spf.domain} has a text that is meant as SPF and is none",
            evidence=[Evidence(f"DNS of {spf.domain}", text, spf.observed) for text in spf.misplaced[:5]],
            domain=spf.domain,
            texts=spf.misplaced,
            better=txt(spf.domain, spf.texts[0] if spf.texts else "v=spf1 mx -all"),
            present=bool(spf.texts),
        )
    else:
        yield passed(f"{spf.domain} has no text that only looks like SPF")
