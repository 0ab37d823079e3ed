from __future__ import annotations

from checks.email.zone_file import txt
from posture.sdk import (
    Evidence,
    Iterator,
    MailRouting,
    MtaSts,
    Severity,
    TlsReporting,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.tls-reporting-missing",
    title="Nobody is told when mail to the domain cannot be encrypted",
    clause="3",
    severity=Severity.INFO,
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
def tls_reporting_missing(
    reporting: TlsReporting, sts: MtaSts | Unavailable, routing: MailRouting | Unavailable
) -> Iterator[Verdict]:
    """Senders are told to insist on encryption (MTA-STS or DANE), and to report to nobody where it fails (RFC 8460).

    Mail that is not delivered for that reason is then missed by nobody. Not applicable where senders are told nothing.
    It is wrong where the mail server's own log is watched for it.
    """
    domain = reporting.domain
    strict = isinstance(sts, MtaSts) and bool(sts.texts)
    strict = strict or (isinstance(routing, MailRouting) and any(one.tlsa for one in routing.exchangers))
    if reporting.texts:
        yield passed(f"{domain} asks for TLS reports", subject=domain)
    elif strict:
        yield fail(
            f"Senders must encrypt mail to {domain}, and are not asked to report when they cannot",
            subject=domain,
            evidence=[Evidence(f"TXT of _smtp._tls.{domain}", "no record", reporting.observed)],
            domain=domain,
            better=txt(f"_smtp._tls.{domain}", f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}"),
        )
    elif isinstance(sts, Unavailable) or isinstance(routing, Unavailable):
        reason = sts.reason if isinstance(sts, Unavailable) else getattr(routing, "reason", "")
        yield not_assessed(f"Whether senders are told to encrypt is not known: {reason}", subject=domain)
    else:
        yield not_applicable(f"{domain} does not tell senders to insist on encryption", subject=domain)
