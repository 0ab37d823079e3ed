from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import LONG, day
from checks.wording import count
from posture.sdk import (
    AwsServiceCredential,
    AwsServiceCredentials,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "keys.aws-service-credential-old",
    title="A key of AWS for one service is older than 90 days",
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
def aws_service_credential_old(keys: AwsServiceCredentials) -> Iterator[Verdict]:
    """An active key or password of a user for one service alone, made more than 90 days ago.

    Those are API keys of Bedrock and CloudWatch, passwords of CodeCommit and Keyspaces. They stand beside the two
    access keys of a user, need no second factor, and are in no credential report. One that ends within 90 days passes.

    It is wrong where only a person uses it, and keeps it in a safe. When it was last used is told by no API.
    """
    working = [key for key in keys.credentials if key.active]
    left = 0
    for key in working:
        if key.created is None:
            yield not_assessed("AWS did not say when it was made", subject=_subject(key))
            left += 1
        elif (keys.observed - key.created).days > LONG and not _ends(key, keys):
            yield _failure(key, keys)
            left += 1
    yield from unseen(keys.gaps)
    if left or keys.gaps:
        return
    if working:
        yield passed(f"{count(len(working), 'key')} for one service, none older than {LONG} days without an end")
    else:
        yield not_applicable("No user has an active key or password for one service alone")


def _subject(key: AwsServiceCredential) -> str:
    return f"{key.service} {key.id} of {key.user}"


def _ends(key: AwsServiceCredential, keys: AwsServiceCredentials) -> bool:
    return key.expires is not None and (key.expires - keys.observed).days <= LONG


def _failure(key: AwsServiceCredential, keys: AwsServiceCredentials) -> Verdict:
    end = f"ends on {day(key.expires)}" if key.expires else "never ends"
    seen = f"{key.id} of {key.user} for {key.service}: active, created {day(key.created)}, {end}"
    return fail(
        f"A key of {key.user} for {key.service} has been valid since {day(key.created)}, and {end}",
        subject=_subject(key),
        evidence=[Evidence("iam:ListServiceSpecificCredentials", seen, keys.observed)],
        key=key.id,
        user=key.user,
        service=key.service,
        created=day(key.created),
        end=end,
    )
