from __future__ import annotations

from checks.aws import unseen
from checks.keys.aws_principals import STRONG, held_by, subject_of
from checks.wording import count, listed
from posture.sdk import (
    AwsLastUse,
    AwsPowers,
    Evidence,
    Iterator,
    PrincipalPower,
    Severity,
    UserUse,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

MOST_USED = 40  # services that a reduced policy names


@check(
    "keys.aws-permissions-unused",
    title="An access key of AWS may do far more than it is used for",
    clause="4.3",
    severity=Severity.MEDIUM,
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
def aws_permissions_unused(uses: AwsLastUse, powers: AwsPowers) -> Iterator[Verdict]:
    """A user with an active access key has far-reaching rights, and used less than half of the services they open.

    Judged are users who are administrators, can make themselves one, or have whole services. What was used is AWS's own
    record of the last 400 days (service last accessed); the fix is a policy with those services alone. At most fifty
    users are asked about in one look; more are not assessed, and told.

    It is wrong for a key that is kept for an emergency, and where AWS does not record a service. Use within a service
    is not judged: an action may be unused where its service is used.
    """
    by_arn = {one.arn: one for one in powers.principals}
    known = [(use, by_arn[use.arn]) for use in uses.users if use.arn in by_arn and use.services]
    judged = [(use, one) for use, one in known if one.level in STRONG or one.wildcards]
    wide = [(use, one) for use, one in judged if 2 * len(_used(use)) < len(use.services)]
    for use, one in wide:
        yield _failure(use, one, uses)
    gaps = tuple(dict.fromkeys((*uses.gaps, *powers.gaps)))
    yield from unseen(gaps)
    if wide or gaps:
        return
    if judged:
        yield passed(f"{count(len(judged), 'user')} with far-reaching keys, each uses most services that it may")
    else:
        yield not_applicable("No user with an active access key has far-reaching rights")


def _used(use: UserUse) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.service for one in use.services if one.used))


def _failure(use: UserUse, one: PrincipalPower, uses: AwsLastUse) -> Verdict:
    used = _used(use)
    said = f"{use.arn}: {len(used)} of {len(use.services)} services used in 400 days: {listed(used, 10) or 'none'}"
    return fail(
        f"The key of {use.name} opens {count(len(use.services), 'service')}, and was used for {len(used) or 'none'}",
        subject=subject_of(one),
        severity=None,
        evidence=(Evidence("iam:GetServiceLastAccessedDetails", said, uses.observed),),
        used=used[:MOST_USED],
        reduced=_reduced(used[:MOST_USED]),
        **held_by(one),
    )


def _reduced(used: tuple[str, ...]) -> tuple[str, ...]:
    """The policy with what was used, line by line."""
    actions = [f'"{service}:*"' for service in used]
    lines = [f"{action}," for action in actions[:-1]] + actions[-1:]
    return ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [', *lines, '], "Resource": "*"}]}')
