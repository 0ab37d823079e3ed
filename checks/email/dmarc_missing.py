from __future__ import annotations

from checks.email.dmarc_record import inbox, record, where
from checks.email.zone_file import txt
from posture.sdk import (
    DmarcPolicy,
    DnsZone,
    Evidence,
    ForgedMail,
    Iterator,
    MailUse,
    Sends,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.dmarc-missing",
    title="No DMARC policy says what to do with forged mail",
    clause="3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:5.4.1",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def dmarc_missing(
    dmarc: DmarcPolicy, forged: ForgedMail, use: MailUse, zone: DnsZone | Unavailable
) -> Iterator[Verdict]:
    """No DMARC record applies to the domain: neither one at ``_dmarc`` nor one of a domain above it (RFC 9989, 4.10).

    High where it sends mail. Medium where it does not, or where that is not known: for such a domain one record ends
    all forgery. Records that are there and of no effect are told by email.dmarc-broken. The finding says what becomes
    of forged mail today.

    Asked are the TXT records at ``_dmarc`` and the domain, and at up to seven domains above. It is wrong for as long as
    the resolver keeps an older answer.
    """
    if isinstance(zone, DnsZone) and not zone.exists:
        yield not_applicable("The DNS has no such name")
    elif dmarc.policy:
        yield passed(f"The DMARC policy of {dmarc.found_at} applies to {dmarc.domain}")
    elif dmarc.broken or dmarc.elsewhere:
        yield not_applicable(f"{dmarc.domain} has a DMARC record, and it is broken")
    elif dmarc.unknown:
        yield not_assessed(f"Whether a DMARC policy applies is not known: {dmarc.unknown}")
    else:
        yield _failure(dmarc, forged, use)


def _failure(dmarc: DmarcPolicy, forged: ForgedMail, use: MailUse) -> Verdict:
    domain = dmarc.domain
    words = {
        Sends.YES: f"{domain} sends mail, and no DMARC policy protects its name",
        Sends.NO: f"{domain} sends no mail, and no DMARC policy has mail in its name refused",
        Sends.UNKNOWN: f"No DMARC policy protects the name {domain}",
    }
    reports = ("rua", inbox(domain))
    return fail(
        words[use.sends],
        subject=domain,
        severity=Severity.HIGH if use.sends is Sends.YES else Severity.MEDIUM,
        evidence=[
            Evidence(f"TXT of {where(domain)} and the names above", "no record begins with v=DMARC1", dmarc.observed),
            Evidence(f"mail forged as {forged.domain.sender}", forged.domain.why, forged.observed),
        ],
        domain=domain,
        sends=use.sends.value,
        why=use.why,
        forged=forged.domain.why,
        silent=txt(where(domain), "v=DMARC1; p=reject;"),
        first=txt(where(domain), record([("p", "none"), reports])),
        then=txt(where(domain), record([("p", "quarantine"), reports])),
        last=txt(where(domain), record([("p", "reject"), reports])),
    )
