from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import as_of, day, might, powers_of_users, present, row, unreported
from checks.wording import count
from posture.sdk import (
    AwsLogin,
    AwsMfaDevices,
    AwsPowers,
    CredentialReport,
    IamAuthorizations,
    Iterator,
    Level,
    PrincipalPower,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "mfa.aws-console-user-mfa",
    title="A user signs in to the AWS console with a password alone",
    clause="4.2",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:6.3", "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
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
def aws_console_user_mfa(
    report: CredentialReport,
    devices: AwsMfaDevices | Unavailable,
    iam: IamAuthorizations | Unavailable,
    powers: AwsPowers | Unavailable,
) -> Iterator[Verdict]:
    """A user of IAM has a password for the console and no second factor. Critical for those who rule the account.

    Who has a password and MFA is told by AWS's credential report, which is up to four hours old. A virtual device that
    was enrolled since, and users that were deleted since, are seen; users made since then are not assessed. Whether a
    user is an administrator, or can become one, is concluded from all policies; where they could not be read, the
    severity is that of an ordinary user.

    It is wrong for four hours after a user enrolled a passkey. People who sign in through Identity Center or another
    provider are no users of IAM: their second factor is judged where they sign in.
    """
    enrolled = set() if isinstance(devices, Unavailable) else {device.user for device in devices.devices}
    people = [login for login in present(report, iam) if login.console]
    may = powers_of_users(powers)
    failed = False
    for login in people:
        if not login.mfa and login.name not in enrolled:
            failed = True
            yield _failure(login, report, may.get(login.name))
    new = list(unreported(report, iam))
    yield from new
    yield from unseen(report.gaps)
    if failed or new or report.gaps:
        return
    if people:
        yield passed(f"All {count(len(people), 'user')} with a password have a second factor, {as_of(report)}")
    else:
        yield not_applicable(f"No user has a password for the console, {as_of(report)}")


def _failure(login: AwsLogin, report: CredentialReport, power: PrincipalPower | None) -> Verdict:
    rules = power is not None and power.level is not Level.LIMITED
    who = f", who {might(power.level)}," if power and rules else ""
    used = day(login.password_used)
    return fail(
        f"{login.name}{who} signs in to the console with a password alone",
        subject=login.name,
        severity=Severity.CRITICAL if rules else None,
        evidence=[row(login, report, f"password_enabled true, mfa_active false, password last used: {used}")],
        user=login.name,
        power=might(power.level) if power and rules else "",
        used=used,
    )
