from __future__ import annotations

from checks.email.zone_file import txt
from posture.sdk import Evidence, Iterator, Severity, TlsReporting, Verdict, check, fail, not_applicable, passed

NOBODY = ("it names nobody to report to",)


@check(
    "email.tls-reporting-broken",
    title="Reports on failed encryption reach nobody",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def tls_reporting_broken(reporting: TlsReporting) -> Iterator[Verdict]:
    """The record for TLS reports is there and cannot be used: several records, no address, a wrong one (RFC 8460, 3).

    Whether the mailbox exists is not tried. It is wrong where an address of a form that is not known here works.
    """
    if not reporting.texts:
        yield not_applicable(f"{reporting.domain} asks for no TLS reports")
    elif reporting.addresses and not reporting.problems:
        yield passed(f"TLS reports of {reporting.domain} go to {reporting.addresses[0]}")
    else:
        yield fail(
            f"The record for TLS reports of {reporting.domain} cannot be used: {(reporting.problems or NOBODY)[0]}",
            evidence=[
                Evidence(f"TXT of _smtp._tls.{reporting.domain}", text, reporting.observed)
                for text in reporting.texts[:3]
            ],
            domain=reporting.domain,
            problems=reporting.problems or NOBODY,
            better=txt(f"_smtp._tls.{reporting.domain}", f"v=TLSRPTv1; rua=mailto:tls-reports@{reporting.domain}"),
        )
