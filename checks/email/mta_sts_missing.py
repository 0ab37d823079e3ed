from __future__ import annotations

from checks.email.mta_sts_texts import policy_file, record
from posture.sdk import (
    Evidence,
    Iterator,
    MailRouting,
    MailUse,
    MtaSts,
    Security,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.mta-sts-missing",
    title="Mail to the domain can be kept from encryption on its way",
    clause="3",
    severity=Severity.INFO,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def mta_sts_missing(sts: MtaSts, routing: MailRouting, use: MailUse) -> Iterator[Verdict]:
    """The domain takes mail, and neither MTA-STS (RFC 8461) nor DANE (RFC 7672) tells senders to insist on TLS.

    Without one of them whoever is on the way can hide STARTTLS, and the mail goes in clear. It passes with a policy,
    whatever its mode, and where each exchanger has TLSA records in a signed zone. It is wrong where senders have agreed
    on TLS with the domain by themselves.
    """
    if use.receives is None:
        yield not_assessed(f"Whether {use.domain} takes mail is not known")
    elif not use.receives:
        yield not_applicable(f"{use.domain} takes no mail")
    elif sts.texts:
        yield passed(f"{sts.domain} announces an MTA-STS policy")
    elif routing.exchangers and all(one.tlsa and one.tlsa_security is Security.SECURE for one in routing.exchangers):
        yield passed(f"All exchangers of {sts.domain} have signed TLSA records (DANE)")
    elif any(one.unknown for one in routing.exchangers):
        yield not_assessed(
            f"Whether DANE protects mail to {sts.domain} is not known: {routing.exchangers[0].unknown}",
        )
    else:
        yield fail(
            f"Nothing tells senders to insist on encryption for mail to {sts.domain}",
            evidence=[Evidence(f"TXT of _mta-sts.{sts.domain}", "no record", sts.observed)],
            domain=sts.domain,
            file=policy_file((one.name for one in routing.exchangers), "testing"),
            record=record(sts.domain, sts.observed),
        )
