from __future__ import annotations

from checks.wording import listed
from posture.sdk import (
    Evidence,
    Iterator,
    MailRouting,
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
    "email.dane-unsigned",
    title="TLSA records of a mail server are overlooked",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8", "nist-800-53@5:SC-20",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k", "nis2-annex@2024:6.7.2.l",
        "soc2@2017:CC6.6", "soc2@2017:CC6.7",
        "bsi-c5@2020:COS-08", "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def dane_unsigned(routing: MailRouting) -> Iterator[Verdict]:
    """An exchanger has TLSA records in a zone that is not signed: senders overlook them (RFC 7672, 2.2).

    Whoever published them believes mail protected that is not. Not assessed where no resolver that validates DNSSEC was
    asked. It is wrong for as long as a parent's new DS record is not seen everywhere.
    """
    with_records = [one for one in routing.exchangers if one.tlsa]
    bare = [one.name for one in with_records if one.tlsa_security is Security.INSECURE]
    if bare:
        yield fail(
            f"The TLSA records of {listed(bare)} stand in a zone that is not signed",
            evidence=[
                Evidence(f"TLSA of _25._tcp.{name}", "answered without DNSSEC", routing.observed) for name in bare[:5]
            ],
            domain=routing.domain,
            names=tuple(bare),
        )
    elif unknown := next((one for one in routing.exchangers if one.unknown), None):
        yield not_assessed(f"Whether {unknown.name} has TLSA records is not known: {unknown.unknown}")
    elif not with_records:
        yield not_applicable(f"No exchanger of {routing.domain} has TLSA records")
    elif any(one.tlsa_security is Security.UNKNOWN for one in with_records):
        yield not_assessed(
            "Whether the TLSA records are signed is not known: no resolver that validates DNSSEC was asked",
        )
    else:
        yield passed(f"The TLSA records of {routing.domain}'s exchangers are signed")
