from __future__ import annotations

from checks.email.spf_record import ending, ending_in, published
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    Iterator,
    Severity,
    SpfPolicy,
    SpfResult,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.spf-softfail",
    title="SPF only marks strangers, and no DMARC policy refuses them",
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
def spf_softfail(spf: SpfPolicy, dmarc: DmarcPolicy | Unavailable) -> Iterator[Verdict]:
    """The record ends in ``~all`` while DMARC asks for nothing: most receivers take forged mail then.

    With a DMARC policy of quarantine or reject ``~all`` is as good as ``-all``, and spares forwarded mail: that passes.
    Not assessed where the DMARC policy is not known. It is wrong where receivers refuse what is marked by themselves.
    """
    if not spf.texts or spf.error:
        yield not_applicable(f"{spf.domain} has no SPF record that can be evaluated")
    elif spf.unknown:
        yield not_assessed(f"The SPF record of {spf.domain} could not be followed: {spf.unknown}")
    elif spf.stranger is not SpfResult.SOFTFAIL:
        yield passed(f"The SPF record of {spf.domain} does not end in ~all")
    elif isinstance(dmarc, Unavailable):
        yield not_assessed(f"Whether DMARC refuses what SPF marks is not known: {dmarc.reason}")
    elif dmarc.unknown:
        yield not_assessed(f"Whether DMARC refuses what SPF marks is not known: {dmarc.unknown}")
    elif dmarc.policy in {"quarantine", "reject"}:
        yield passed(f"DMARC decides of what the SPF record of {spf.domain} marks: {dmarc.policy}")
    else:
        yield fail(
            f"The SPF record of {spf.domain} ends in ~all, and no DMARC policy refuses what it marks",
            evidence=published(spf),
            domain=spf.domain,
            end=ending(spf) or "a redirect",
            better=txt(spf.domain, ending_in(spf.texts[0], "-all")),
        )
