from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import as_of
from checks.wording import count
from posture.sdk import (
    AwsPasswordPolicy,
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

_LENGTH, _REMEMBERED = 14, 24  # CIS AWS Foundations 1.8 and 1.9


@check(
    "mfa.aws-password-policy",
    title="The AWS account takes weak passwords",
    clause="4.2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5(1)",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.6.1",
        "pci-dss@4.0.1:8.3.6",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A22",
    ),
)  # fmt: skip
def aws_password_policy(policy: AwsPasswordPolicy, report: CredentialReport | Unavailable) -> Iterator[Verdict]:
    """Passwords for the console may be shorter than 14 characters (medium), or old ones may come back (low).

    Judged are the account's rules for users of IAM (iam:GetAccountPasswordPolicy); an account without rules has AWS's
    own, 8 characters of three kinds. It does not apply where no user has a password. Rules hold for passwords that are
    set from then on. That a password ends after some days is asked of nobody: it makes passwords worse (NIST 800-63B).

    It is wrong where the few users of IAM who are left all have a second factor and passwords from a generator.
    """
    if policy.length >= _LENGTH and policy.remembered >= _REMEMBERED:
        yield passed(f"Passwords have {policy.length} characters or more, and {policy.remembered} old ones are refused")
        return
    if isinstance(report, Unavailable):
        yield not_assessed(f"The rules are weak; whether a user has a password is not known: {report.reason}")
        return
    people = sum(bool(login.console) for login in report.users)
    if not people and not report.gaps:
        yield not_applicable(f"No user has a password for the console, {as_of(report)}")
    elif not people:
        yield from unseen(report.gaps)
    else:
        yield _failure(policy, people)


def _failure(policy: AwsPasswordPolicy, people: int) -> Verdict:
    short = policy.length < _LENGTH
    rules = "The account has no rules of its own" if not policy.exists else "The account's rules are weak"
    old = f"{policy.remembered} old ones are refused" if policy.remembered else "old ones may come back"
    kinds = {
        "--require-symbols": policy.symbols,
        "--require-numbers": policy.numbers,
        "--require-uppercase-characters": policy.uppercase,
        "--require-lowercase-characters": policy.lowercase,
    }
    flags = [flag for flag, on in kinds.items() if on]
    if policy.days:
        flags.append(f"--max-password-age={policy.days}")
    seen = f"{'' if policy.exists else 'none, so that AWS rules hold: '}minimum length {policy.length}, {old}"
    return fail(
        f"{rules}: passwords of {policy.length} characters are taken, {old} ({count(people, 'user')} with a password)",
        subject="password policy",
        severity=None if short else Severity.LOW,
        evidence=[Evidence("iam:GetAccountPasswordPolicy", seen, policy.observed)],
        length=policy.length,
        least=max(policy.length, _LENGTH),
        old=old,
        flags=tuple(flags),
    )
