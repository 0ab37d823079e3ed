from __future__ import annotations

from checks.email.zone_file import txt
from posture.sdk import (
    DnsZone,
    Evidence,
    Iterator,
    MailUse,
    Sends,
    Severity,
    SpfPolicy,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "email.spf-missing",
    title="No SPF record says who may send from the domain",
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
def spf_missing(spf: SpfPolicy, use: MailUse, zone: DnsZone | Unavailable) -> Iterator[Verdict]:
    """The domain has no TXT record that begins with ``v=spf1`` (RFC 7208, 4.5): nothing tells its mail from anybody's.

    High where it sends mail. Medium where it does not, or where that is not known: such a domain says so with
    ``v=spf1 -all``. Whether it sends is taken from the inventory (`sends_mail`), else from its other records.

    One question for TXT is asked through the auditor's resolver. It is wrong for as long as the resolver keeps an
    older answer.
    """
    if isinstance(zone, DnsZone) and not zone.exists:
        yield not_applicable("The DNS has no such name")
        return
    if spf.texts:
        yield passed(f"{spf.domain} has an SPF record")
        return
    words = {
        Sends.YES: f"{spf.domain} sends mail, and no SPF record says from where",
        Sends.NO: f"{spf.domain} sends no mail, and no SPF record says so",
        Sends.UNKNOWN: f"{spf.domain} has no SPF record",
    }
    yield fail(
        words[use.sends],
        severity=Severity.HIGH if use.sends is Sends.YES else Severity.MEDIUM,
        evidence=[Evidence(f"TXT of {spf.domain}", "no text begins with v=spf1", spf.observed)],
        domain=spf.domain,
        sends=use.sends.value,
        why=use.why,
        sending=txt(spf.domain, "v=spf1 mx -all"),
        silent=txt(spf.domain, "v=spf1 -all"),
        misplaced=spf.misplaced,
    )
