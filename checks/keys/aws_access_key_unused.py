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
    "keys.aws-access-key-unused",
    title="An access key of AWS works, and nothing has used it for 90 days",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.3",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:AC-2", "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:8.2.6",
        "soc2@2017:CC6.2",
        "bsi-c5@2020:IDM-05",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_access_key_unused(report: CredentialReport, iam: IamAuthorizations | Unavailable) -> Iterator[Verdict]:
    """An active access key whose last use is more than 90 days ago, or that was made so long ago and never used.

    Its last use and its age are told by AWS's credential report, which is up to four hours old. A key that was never
    used counts from the day it was made. Keys of root are another finding.

    It is wrong where the key is needed once a year, or kept for an emergency: accept it until then, with that reason.
    """
    keys = [(login, key) for login in present(report, iam) for key in active_keys(login)]
    idle = 0
    for login, key in keys:
        since = key.used or key.created
        if since is None:
            yield not_assessed("AWS did not say when the key was made or used", subject=key_subject(login, key))
            idle += 1
        elif (report.observed - since).days > LONG:
            yield _failure(login, key, report)
            idle += 1
    new = list(unreported(report, iam))
    yield from new
    yield from unseen(report.gaps)
    if idle or new or report.gaps:
        return
    if keys:
        yield passed(f"{count(len(keys), 'active access key')}, all used or made within {LONG} days, {as_of(report)}")
    else:
        yield not_applicable(f"No user has an active access key, {as_of(report)}")


def _failure(login: AwsLogin, key: AwsAccessKey, report: CredentialReport) -> Verdict:
    never = key.used is None
    return fail(
        f"Access key {key.place} of {login.name} works, and was {last_use(key)}"
        f"{f' since it was made on {day(key.created)}' if never else ''}",
        subject=key_subject(login, key),
        evidence=[key_row(login, key, report)],
        user=login.name,
        created=day(key.created),
        used=last_use(key),
    )
