from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import active_keys, as_of, day, key_row, present, row, unreported
from checks.wording import count
from posture.sdk import (
    CredentialReport,
    IamAuthorizations,
    Iterator,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.aws-console-user-with-key",
    title="A user of AWS has a password for the console and an access key",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.4",
        "iso27001@2022:A.5.16",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_console_user_with_key(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> Iterator[Verdict]:
    """One user has a password for the console and an active access key: a person and a program, or a key too many.

    The key gets past the second factor of the console. Where a program has it, nobody can tell afterwards whether the
    person or the program did something, and the person's rights are the program's. Told by AWS's credential report,
    which is up to four hours old.

    It is wrong where a person needs the command line and Identity Center, which gives sessions instead, is not in use.
    """
    people = [login for login in present(report, iam) if login.console]
    both = [login for login in people if active_keys(login)]
    for login in both:
        used = day(login.password_used)
        yield fail(
            f"{login.name} has a password for the console, and an access key that works without a second factor",
            subject=login.name,
            evidence=[
                row(login, report, f"password_enabled true, last used: {used}"),
                *(key_row(login, key, report) for key in active_keys(login)),
            ],
            user=login.name,
            used=used,
        )
    new = list(unreported(report, iam))
    yield from new
    yield from unseen(report.gaps)
    if both or new or report.gaps:
        return
    if people:
        yield passed(f"{count(len(people), 'user')} with a password, none with an active access key, {as_of(report)}")
    else:
        yield not_applicable(f"No user has a password for the console, {as_of(report)}")
