from __future__ import annotations

from checks.aws import unseen
from checks.keys.aws_principals import evidence_of, held_by, subject_of
from checks.wording import count, listed
from posture.sdk import AwsPowers, Iterator, Level, Severity, Verdict, check, fail, passed


@check(
    "keys.aws-service-wildcard",
    title="A user or role of an AWS account has whole services",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:6.8",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def aws_service_wildcard(powers: AwsPowers) -> Iterator[Verdict]:
    """A policy grants every action of a service on every resource (``s3:*`` on ``*``), after denials and boundaries.

    Who should read one bucket can then delete all of them. Administrators are told by keys.aws-admin-principal alone,
    and roles that only AWS changes are left alone.

    It is wrong where the account holds nothing of the service but what the principal is for.
    """
    every = [one for one in powers.principals if not one.reserved and one.level is not Level.ADMIN]
    wide = [one for one in every if one.wildcards]
    for one in wide:
        yield fail(
            f"{one.kind.capitalize()} {one.name} has all of {listed(one.wildcards)} on everything",
            subject=subject_of(one),
            severity=None,
            evidence=(evidence_of(one, powers),),
            services=tuple(wildcard.removesuffix(":*") for wildcard in one.wildcards[:10]),
            **held_by(one),
        )
    yield from unseen(powers.gaps)
    if not wide and not powers.gaps:
        yield passed(f"None of {count(len(every), 'user or role', ' (users and roles)')} has a service whole")
