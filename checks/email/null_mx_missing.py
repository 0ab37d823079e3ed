from __future__ import annotations

from posture.sdk import (
    DnsZone,
    Evidence,
    Iterator,
    MailRouting,
    MailUse,
    Sends,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.null-mx-missing",
    title="A domain without mail does not say so",
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
def null_mx_missing(use: MailUse, routing: MailRouting, zone: DnsZone) -> Iterator[Verdict]:
    """The domain neither sends nor takes mail, and no null MX tells it (RFC 7505).

    With a null MX, receivers refuse mail that claims to come from it, and senders who mistype an address learn of it
    at once instead of after days. That it sends nothing is what the inventory says (`sends_mail: false`); a domain that
    takes mail by MX records of its own is not judged.

    It is wrong where the domain takes mail at its own address without an MX record.
    """
    if not zone.exists:
        yield not_applicable("The DNS has no such name")
    elif routing.null_mx:
        yield passed("A null MX says that the domain takes no mail")
    elif routing.exchangers and not routing.implicit:
        yield not_applicable("The domain takes mail")
    elif use.sends is Sends.YES:
        yield not_applicable(f"The domain sends mail, and needs a way back for it: {use.why}")
    elif use.sends is Sends.UNKNOWN:
        yield not_assessed(
            f"Whether the domain sends mail is not known: {use.why}. Say it in the inventory with sends_mail"
        )
    else:
        own = ", ".join(address for one in routing.exchangers for address in one.addresses[:3])
        seen = f"no MX record; its own address {own} stands for one" if own else "no MX record"
        yield fail(
            "No null MX says that the domain takes no mail",
            evidence=[Evidence("MX records", f"{routing.domain}: {seen} ({use.why})", routing.observed)],
            domain=routing.domain,
            implicit=bool(routing.exchangers),
        )
