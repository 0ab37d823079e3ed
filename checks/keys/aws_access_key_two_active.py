from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import active_keys, as_of, day, key_row, last_use, present, unreported
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
    "keys.aws-access-key-two-active",
    title="A user of AWS has two access keys that work",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.4",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:AC-2", "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "soc2@2017:CC6.2",
        "bsi-c5@2020:IDM-05",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_access_key_two_active(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> Iterator[Verdict]:
    """Both access keys of a user work: one to leak more than is needed, and none free to replace the other.

    Told by AWS's credential report, which is up to four hours old. Two keys of root are a finding of their own.

    It is wrong in the days in which a key is replaced: the finding goes away with the old one.
    """
    holders = [(login, active_keys(login)) for login in present(report, iam) if active_keys(login)]
    two = [(login, keys) for login, keys in holders if len(keys) > 1]
    for login, keys in two:
        yield fail(
            f"{login.name} has two access keys that work",
            subject=login.name,
            evidence=[key_row(login, key, report) for key in keys],
            user=login.name,
            keys=tuple(f"of {day(key.created)}, {last_use(key)}" for key in keys),
        )
    new = list(unreported(report, iam))
    yield from new
    yield from unseen(report.gaps)
    if two or new or report.gaps:
        return
    if holders:
        yield passed(f"{count(len(holders), 'user')} with an access key, none with two, {as_of(report)}")
    else:
        yield not_applicable(f"No user has an active access key, {as_of(report)}")
