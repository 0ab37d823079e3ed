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
    not_assessed,
    passed,
)

SHA1 = "h= lets it be used with SHA-1 only, which receivers must not take any more (RFC 8301, 3.1)"


@check(
    "email.dkim-broken",
    title="A DKIM key record cannot be used",
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
def dkim_broken(dkim: DkimKeys) -> Iterator[Verdict]:
    """A record stands under a selector, and receivers can hold no signature against it.

    Its list of tags or its key is cut off or mistyped, several records stand at one name, an alias leads to nowhere, or
    it allows SHA-1 only (RFC 6376, 3.6.1; RFC 8301; RFC 8463). High where the inventory names the selector, and where
    no other key of the domain can be used; else low, for it may be a leftover.

    It is wrong where a service has only been prepared and does not sign yet: its alias leads to a key once it does.
    """
    spare = any(key.usable for key in dkim.keys)
    for key in dkim.keys:
        error = key.error or (SHA1 if key.sha1_only else "")
        if key.unknown:
            yield not_assessed(f"The DKIM key {key.name} could not be looked up: {key.unknown}", subject=key.name)
        elif error:
            yield _failure(dkim, key, error, Severity.LOW if spare and not key.given else Severity.HIGH)
        else:
            yield passed(f"The DKIM record {key.name} can be used", subject=key.name)
    if not dkim.keys:
        yield without_key(dkim)


def _failure(dkim: DkimKeys, key: DkimKey, error: str, severity: Severity) -> Verdict:
    return fail(
        f"Receivers cannot use the DKIM record {key.name}: {error}",
        subject=key.name,
        severity=severity,
        evidence=[Evidence(f"TXT of {key.name}", key.text or error, dkim.observed)],
        name=key.name,
        selector=key.selector,
        error=error,
        alias=key.alias,
        text=key.text[:500],
    )
