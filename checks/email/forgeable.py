from __future__ import annotations

from checks.email.fate_words import BECOMES
from posture.sdk import (
    DnsZone,
    Evidence,
    Fate,
    ForgedMail,
    Forgery,
    Iterator,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

STOPPED = frozenset({Fate.REJECTED, Fate.QUARANTINED})


@check(
    "email.forgeable",
    title="Receivers deliver mail that strangers send in the domain's name",
    clause="3",
    severity=Severity.INFO,
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
def forgeable(forged: ForgedMail, zone: DnsZone | Unavailable) -> Iterator[Verdict]:
    """Three forged messages are followed through SPF and DMARC as a receiver does that keeps to RFC 7208 and RFC 9989.

    One has the domain itself as its sender, one a subdomain, one a subdomain that does not exist. The forger has a
    server of his own and no DKIM key; he does not use a service that the SPF record includes. No message is sent: the
    answer follows from the records. It fails where mail of the domain itself is delivered.

    This is a summary and asks for nothing by itself: what lets the mail through is told, with its severity, by
    email.dmarc-missing, email.dmarc-broken, email.dmarc-not-enforced, email.dmarc-subdomains and email.spf-everyone.

    It can be wrong for one receiver or another: each has rules of its own, and may be stricter or laxer.
    """
    domain = forged.domain
    if isinstance(zone, DnsZone) and not zone.exists:
        yield not_applicable("The DNS has no such name")
    elif domain.fate is Fate.UNKNOWN:
        yield not_assessed(f"What becomes of mail forged as {domain.sender} is not known: {domain.why}")
    elif domain.fate in STOPPED:
        below = f"under a subdomain it is {_is(forged.subdomain)}, under a made-up one {_is(forged.nonexistent)}"
        yield passed(f"Mail forged as {domain.sender} is {_is(domain)}; {below}", evidence=_evidence(forged))
    else:
        yield fail(
            f"Mail forged as {domain.sender} is {_is(domain)}",
            evidence=_evidence(forged),
            sender=domain.sender,
            own=domain.why,
            subdomain=f"{forged.subdomain.sender}: {forged.subdomain.why}",
            made_up=f"{forged.nonexistent.sender}: {forged.nonexistent.why}",
            zone=domain.sender.rpartition("@")[2],
        )


def _is(message: Forgery) -> str:
    return BECOMES[message.fate]


def _evidence(forged: ForgedMail) -> list[Evidence]:
    every = (forged.domain, forged.subdomain, forged.nonexistent)
    return [Evidence(f"mail forged as {one.sender}", one.why or _is(one), forged.observed) for one in every]
