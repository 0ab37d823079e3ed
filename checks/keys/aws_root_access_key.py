from __future__ import annotations

from checks.aws_logins import active_keys, key_row, last_use
from posture.sdk import (
    AwsAccountSummary,
    CredentialReport,
    Evidence,
    Iterator,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)


@check(
    "keys.aws-root-access-key",
    title="The root user of the AWS account has an access key",
    clause="4.3",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:5.4",
        "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5", "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_root_access_key(summary: AwsAccountSummary, report: CredentialReport | Unavailable) -> Iterator[Verdict]:
    """An access key of root: whoever has it does everything in the account, without a second factor and without limits.

    Whether there is one is what iam:GetAccountSummary says now (AccountAccessKeysPresent, inactive keys too); its last
    use comes from the credential report, which may be four hours old.

    It is never right to keep one: no program needs root. What is wrong can be the time of the last use only.
    """
    if summary.root_keys is None:
        yield not_assessed("AWS did not say whether root has access keys (GetAccountSummary, AccountAccessKeysPresent)")
    elif not summary.root_keys:
        yield passed("Root has no access key")
    else:
        evidence = [Evidence("iam:GetAccountSummary", "AccountAccessKeysPresent: 1", summary.observed)]
        root = None if isinstance(report, Unavailable) else report.root
        keys = active_keys(root) if root else []
        if root and not isinstance(report, Unavailable):
            evidence += [key_row(root, key, report) for key in keys]
        yield fail(
            "An access key of root opens the whole account, with nothing that limits it",
            subject="root",
            evidence=evidence,
            used="; ".join(last_use(key) for key in keys),
        )
