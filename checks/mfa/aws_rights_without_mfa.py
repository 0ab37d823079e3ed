from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import active_keys, as_of, key_row, might, powers_of_users, present, row, unreported
from checks.wording import count, listed
from posture.sdk import (
    AwsLogin,
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
    passed,
)


@check(
    "mfa.aws-rights-without-mfa",
    title="A user rules the AWS account without a second factor",
    clause="4.2",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:6.5",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_rights_without_mfa(
    report: CredentialReport, powers: AwsPowers, iam: IamAuthorizations | Unavailable
) -> Iterator[Verdict]:
    """A user's policies let him rule the account, or come to rule it, where nobody gave a second factor.

    An access key is one thing that can be stolen, and the device that a user has enrolled protects it only where his
    policies ask for ``aws:MultiFactorAuthPresent``. So users are judged who have an active key, or a password and no
    device, by what all their policies, groups and boundaries leave them without a second factor. A user with a password
    and a device and no key passes: the console always asks for the device.

    It is wrong where an organization's policy (SCP) that the audit cannot read asks for the second factor, and where
    the key belongs to a program: the finding then says the same in other words, that one key rules the account, and a
    role is the remedy.
    """
    may = powers_of_users(powers)
    failed = False
    people = [(login, _ways(login)) for login in present(report, iam)]
    for login, ways in people:
        power = may.get(login.name)
        if ways and power and power.without_mfa is not Level.LIMITED:
            failed = True
            yield _failure(login, ways, power, report)
    new = list(unreported(report, iam))
    yield from new
    gaps = (*report.gaps, *powers.gaps)
    yield from unseen(gaps)
    if not (failed or new or gaps):
        able = sum(bool(ways) for _, ways in people)
        yield passed(
            f"None of {count(able, 'user')} with a key, or with a password and no device, rules the account without a "
            f"second factor, {as_of(report)}"
        )


def _ways(login: AwsLogin) -> tuple[str, ...]:
    """How one gets in as this user with one thing that can be stolen."""
    keys = tuple(f"access key {key.place}" for key in active_keys(login))
    return (*keys, "the password") if login.console and not login.mfa else keys


def _failure(login: AwsLogin, ways: tuple[str, ...], power: PrincipalPower, report: CredentialReport) -> Verdict:
    evidence = [key_row(login, key, report) for key in active_keys(login)]
    if login.console and not login.mfa:
        evidence.append(row(login, report, "password_enabled true, mfa_active false"))
    return fail(
        f"Whoever has {' or '.join(ways)} of {login.name} {might(power.without_mfa)}: nothing asks for a second factor",
        subject=login.name,
        severity=Severity.HIGH if power.without_mfa is Level.ADMIN else Severity.MEDIUM,
        evidence=evidence,
        user=login.name,
        ways=" or ".join(ways),
        might=might(power.without_mfa),
        granted=listed(power.granted_by),
        unclear=power.unclear,
        key=bool(active_keys(login)),
    )
