from __future__ import annotations

from checks.email.dkim_selectors import without_key
from posture.sdk import (
    DkimKey,
    DkimKeys,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    passed,
)

LEAST = 1024  # bits that receivers may still take (RFC 8301, 3.2)
GOOD = 2048  # bits that signers should have (RFC 8301, 3.2)


@check(
    "email.dkim-key-weak",
    title="A DKIM key is too weak",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def dkim_key_weak(dkim: DkimKeys) -> Iterator[Verdict]:
    """Who has the private half of a key can sign as the domain, and DMARC passes.

    Critical where that half is known to others or can be computed from the public one: published keys, ROCA
    (CVE-2017-15361), primes too close to each other (CVE-2022-26320). High for RSA keys below 1024 bits, which a rented
    computer breaks in days and receivers must not take any more; medium below 2048 (RFC 8301, 3.2). Ed25519 passes.
    Revoked keys and records that cannot be used are left out.

    Keys under selectors that nobody named, and that few others use, are not seen. It is wrong where a key stays in the
    DNS for old mail only: revoke it (an empty ``p=``).
    """
    keys = [key for key in dkim.keys if key.bits and not key.revoked]
    for key in keys:
        if key.weak:
            yield _failure(dkim, key, Severity.CRITICAL, "is known to others")
        elif key.kind == "rsa" and key.bits < LEAST:
            yield _failure(dkim, key, Severity.HIGH, f"has only {key.bits} bits")
        elif key.kind == "rsa" and key.bits < GOOD:
            yield _failure(dkim, key, Severity.MEDIUM, f"has only {key.bits} bits")
        else:
            yield passed(f"The DKIM key {key.name} is strong: {key.kind}, {key.bits} bits", subject=key.name)
    if not keys:
        yield without_key(dkim)


def _failure(dkim: DkimKeys, key: DkimKey, severity: Severity, what: str) -> Verdict:
    return fail(
        f"The DKIM key {key.name} {what}",
        subject=key.name,
        severity=severity,
        evidence=[Evidence(f"TXT of {key.name}", key.text or f"{key.kind}, {key.bits} bits", dkim.observed)],
        domain=dkim.domain,
        selector=key.selector,
        fresh=f"{key.selector[:58]}-2048",
        bits=key.bits,
        weak=key.weak,
        alias=key.alias,
    )
