from __future__ import annotations

from checks.email.dkim_selectors import NAME_THEM, tried
from posture.sdk import (
    DkimKeys,
    DnsZone,
    Evidence,
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
    "email.dkim-missing",
    title="No DKIM key is published for the domain's mail",
    clause="3",
    severity=Severity.HIGH,
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
def dkim_missing(dkim: DkimKeys, use: MailUse, zone: DnsZone | Unavailable) -> Iterator[Verdict]:
    """Receivers can hold no signature of the domain against a key, so mail that is forwarded fails DMARC.

    High where a selector that the inventory names has no key or a revoked one, and where mail is sent and the DNS says
    that no name exists below ``_domainkey``. A DNS cannot be asked which selectors there are: where none is named and
    none of the about sixty that many use has a key, nothing is concluded. One key that can be used passes; whether all
    mail is signed is not seen from the DNS. Keys that cannot be used are told by email.dkim-broken.

    Asked are the TXT records of the selectors named and of the common ones. It is wrong for as long as the resolver
    keeps an older answer.
    """
    revoked = tuple(key.selector for key in dkim.keys if key.given and key.revoked)
    usable = [key.selector for key in dkim.keys if key.usable]
    unknown = dkim.unknown or next((key.unknown for key in dkim.keys if key.unknown), "")
    if isinstance(zone, DnsZone) and not zone.exists:
        yield not_applicable("The DNS has no such name")
    elif use.sends is Sends.NO:
        yield not_applicable(f"{dkim.domain} sends no mail: {use.why}")
    elif dkim.missing or revoked:
        yield _failure(dkim, (*dkim.missing, *revoked))
    elif usable:
        yield passed(f"{dkim.domain} has a DKIM key under {', '.join(usable[:5])}")
    elif dkim.nothing_below and use.sends is Sends.YES:
        yield _failure(dkim, ())
    elif unknown:
        yield not_assessed(f"Whether {dkim.domain} has a DKIM key is not known: {unknown}")
    elif dkim.nothing_below:
        reason = f"{dkim.domain} has no DKIM key, and whether it sends mail is not known: {use.why}"
        yield not_assessed(f"{reason}. Say it in the inventory with sends_mail")
    else:
        yield not_assessed(f"{tried(dkim)}, others may: {NAME_THEM}")


def _failure(dkim: DkimKeys, selectors: tuple[str, ...]) -> Verdict:
    domain = dkim.domain
    if selectors:
        summary = f"The DKIM selector {selectors[0]} of {domain} has no key"
        seen = "; ".join(f"{one}._domainkey.{domain}: no key" for one in selectors[:10])
    else:
        summary, seen = f"{domain} sends mail, and has no DKIM key at all", "no name exists below it (NXDOMAIN)"
    return fail(
        summary,
        subject=domain,
        evidence=[Evidence(f"TXT below _domainkey.{domain}", seen, dkim.observed)],
        domain=domain,
        selectors=selectors[:10],
        selector=selectors[0] if selectors else "mail",
    )
