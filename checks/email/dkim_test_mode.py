from __future__ import annotations

from checks.email.dkim_selectors import without_key
from checks.email.zone_file import txt
from posture.sdk import (
    DkimKeys,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    passed,
)


@check(
    "email.dkim-test-mode",
    title="A DKIM key says that it is only tested",
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
def dkim_test_mode(dkim: DkimKeys) -> Iterator[Verdict]:
    """The key's record has ``t=y``: the domain tests DKIM, and a bad signature is to count as none (RFC 6376, 3.6.1).

    Some receivers then count good signatures as none too. Forgotten test flags are common, so this is low.

    It is wrong for a key that was published in the last days.
    """
    usable = [key for key in dkim.keys if key.usable]
    for key in usable:
        if key.testing:
            flags = "".join(f"; t={flag}" for flag in ("s",) if key.strict)
            yield fail(
                f"The DKIM key {key.name} is published for tests only (t=y)",
                subject=key.name,
                evidence=[Evidence(f"TXT of {key.name}", key.text or "t=y", dkim.observed)],
                name=key.name,
                alias=key.alias,
                better=txt(key.name, _without(key.text, flags)),
            )
        else:
            yield passed(f"The DKIM key {key.name} is in force", subject=key.name)
    if not usable:
        yield without_key(dkim)


def _without(text: str, flags: str) -> str:
    """The record with other flags in front of its key."""
    tags = [tag.strip() for tag in text.split(";") if tag.strip()]
    kept = [tag for tag in tags if tag.partition("=")[0].strip() not in {"t", "p"}]
    key = [tag for tag in tags if tag.partition("=")[0].strip() == "p"]
    return "; ".join(kept) + flags + "".join(f"; {tag}" for tag in key)
