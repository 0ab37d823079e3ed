from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import LONG, active_keys, as_of, day, key_row, key_subject, last_use, present, unreported
from checks.wording import count
from posture.sdk import (
    AwsAccessKey,
    AwsLogin,
    CredentialReport,
    IamAuthorizations,
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


@check(
    "keys.aws-access-key-old",
    title="An access key of AWS is older than 90 days",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.6.3",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def aws_access_key_old(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> Iterator[Verdict]:
    """An active access key of a user that was made more than 90 days ago; over a year it weighs more (high).

    A key does not end by itself, and nobody sees a copy of it in an old laptop, a backup or a log. When it was made is
    told by AWS's credential report, which is up to four hours old. Inactive keys and those of root are not judged here.

    It is wrong where the key lies in hardware that gives it to nobody. A key that nothing uses is better deleted than
    replaced: that is another finding of the same key.
    """
    keys = [(login, key) for login in present(report, iam) for key in active_keys(login)]
    old = 0
    for login, key in keys:
        if key.created is None:
            yield not_assessed("AWS did not say when the key was made", subject=key_subject(login, key))
            old += 1
        elif (age := (report.observed - key.created).days) > LONG:
            yield _failure(login, key, age, report)
            old += 1
    new = list(unreported(report, iam))
    yield from new
    yield from unseen(report.gaps)
    if old or new or report.gaps:
        return
    if keys:
        yield passed(f"{count(len(keys), 'active access key')}, none older than {LONG} days, {as_of(report)}")
    else:
        yield not_applicable(f"No user has an active access key, {as_of(report)}")


def _failure(login: AwsLogin, key: AwsAccessKey, age: int, report: CredentialReport) -> Verdict:
    return fail(
        f"Access key {key.place} of {login.name} has been valid since {day(key.created)}",
        subject=key_subject(login, key),
        severity=Severity.HIGH if age > 365 else None,
        evidence=[key_row(login, key, report)],
        user=login.name,
        created=day(key.created),
        used=last_use(key),
    )
