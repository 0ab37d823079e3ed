from __future__ import annotations

from checks.aws import unseen
from posture.sdk import (
    AwsAccountSummary,
    AwsMfaDevices,
    AwsMfaKind,
    AwsOrganizationFeatures,
    CredentialReport,
    Evidence,
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

_ROOT = "<root_account>"


@check(
    "mfa.aws-root-mfa",
    title="The root user of the AWS account has no strong second factor",
    clause="4.2",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:6.5",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_root_mfa(
    summary: AwsAccountSummary,
    devices: AwsMfaDevices | Unavailable,
    report: CredentialReport | Unavailable,
    features: AwsOrganizationFeatures | Unavailable,
) -> Iterator[Verdict]:
    """The root user, whom no policy limits, signs in with a password alone (critical) or with an app's codes (low).

    Whether root has MFA is what iam:GetAccountSummary says now. That its device is virtual is seen in the list of
    virtual devices; without one there, and with MFA on, root has a passkey, a security key or a device that shows
    codes, which passes. It does not apply where root has no password, as in a member account whose organization manages
    root credentials centrally: nobody can sign in. An access key of root is another finding.

    It is wrong where a passkey stands beside the app: remove the app's device then, for the weaker factor is enough to
    sign in. How the e-mail address and telephone of root are protected, by which AWS resets a password, is not judged.
    """
    central = not isinstance(features, Unavailable) and "RootCredentialsManagement" in features.enabled
    if summary.root_mfa is None:
        yield not_assessed("AWS did not say whether root has MFA (iam:GetAccountSummary, AccountMFAEnabled)")
    elif not summary.root_mfa and _nobody(summary, report):
        yield not_applicable("Root has no password, so nobody can sign in to the console as root")
    elif not summary.root_mfa:
        seen = Evidence("iam:GetAccountSummary", "AccountMFAEnabled: 0", summary.observed)
        yield fail(
            "Whoever has root's password can do everything in this account: there is no second factor",
            subject="root",
            evidence=[seen],
            virtual=False,
            serial="",
            central=central,
        )
    else:
        yield from _judged_kind(devices, central=central)


def _nobody(summary: AwsAccountSummary, report: CredentialReport | Unavailable) -> bool:
    """Whether it is known that root has no password."""
    if summary.root_password is not None:
        return not summary.root_password
    return not isinstance(report, Unavailable) and report.root is not None and report.root.console is False


def _judged_kind(devices: AwsMfaDevices | Unavailable, *, central: bool) -> Iterator[Verdict]:
    if isinstance(devices, Unavailable):
        yield not_assessed(f"Root has MFA; which kind is not known: {devices.reason}")
        return
    own = [one for one in devices.devices if one.user == _ROOT and one.kind is AwsMfaKind.VIRTUAL]
    gaps = [gap for gap in devices.gaps if gap.action == "iam:ListVirtualMFADevices"]
    if own:
        yield fail(
            "Root signs in with codes of an app, which can be copied, and given away to a false page",
            subject="root",
            severity=Severity.LOW,
            evidence=[Evidence("iam:ListVirtualMFADevices", own[0].serial, devices.observed)],
            virtual=True,
            serial=own[0].serial,
            central=central,
        )
    elif gaps:
        yield from unseen(gaps)
    else:
        yield passed("Root has MFA, and no virtual device: a passkey, a security key or a device that shows codes")
