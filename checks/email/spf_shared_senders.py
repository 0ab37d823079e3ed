from __future__ import annotations

from checks.email.spf_record import published
from checks.wording import listed
from posture.sdk import Iterator, Severity, SpfPolicy, Verdict, check, fail, not_applicable, not_assessed, passed


@check(
    "email.spf-shared-senders",
    title="Services that many others use may send for the domain",
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
def spf_shared_senders(spf: SpfPolicy) -> Iterator[Verdict]:
    """The record includes services whose other customers send from the same addresses, and so pass SPF as the domain.

    Usual and often needed; it is told because SPF alone then proves little. Signatures (DKIM) that fit the domain
    do, and the services themselves must check who may use it. The services are known by their documented names; one
    that is not in the list is not told. It is wrong where a service gives its customer addresses of his own.
    """
    if not spf.texts or spf.error:
        yield not_applicable(f"{spf.domain} has no SPF record that can be evaluated")
    elif spf.unknown:
        yield not_assessed(f"The SPF record of {spf.domain} could not be followed: {spf.unknown}")
    elif not spf.shared:
        yield passed(f"The SPF record of {spf.domain} includes no known service for many senders")
    else:
        yield fail(
            f"Other customers of {listed(spf.shared)} pass SPF as {spf.domain}",
            evidence=published(spf),
            domain=spf.domain,
            services=spf.shared,
        )
