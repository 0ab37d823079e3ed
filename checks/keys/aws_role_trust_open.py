from __future__ import annotations

from checks.aws import unseen
from checks.keys.aws_principals import STRONG, level_of, reaches, trust_evidence
from checks.wording import count
from posture.sdk import (
    AwsPowers,
    AwsTrusts,
    Iterator,
    Opening,
    Severity,
    Unavailable,
    Verdict,
    Whom,
    check,
    fail,
    passed,
)


@check(
    "keys.aws-role-trust-open",
    title="Anybody with an AWS account can take a role",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.3",
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
def aws_role_trust_open(trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Iterator[Verdict]:
    """A role's trust policy names anyone (``*``, ``{"AWS": "*"}``, Allow with NotPrincipal), and nothing narrows it.

    Critical where the role is an administrator or can make itself one, else high; medium where an external id is asked
    for, which is then all that keeps strangers out. Conditions count as AWS counts them: an organization, a source, own
    addresses narrow; a ``*``, all addresses in two halves, or a key that a stranger's request does not have (IfExists)
    do not. Statements that deny are taken off.

    It is wrong where a condition that cannot be judged keeps strangers out: it is told with the finding.
    """
    loose = [one for one in trusts.openings if one.whom is Whom.ANYONE and not one.limits]
    for name in dict.fromkeys(one.arn for one in loose):
        yield _failure([one for one in loose if one.arn == name], trusts, powers)
    yield from unseen(trusts.gaps)
    if not loose and not trusts.gaps:
        yield passed(f"None of {count(trusts.judged, 'role')} lets anyone in")


def _failure(openings: list[Opening], trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Verdict:
    first = openings[0]
    level = level_of(first, powers)
    asked = all(one.external_id for one in openings)
    severity = Severity.MEDIUM if asked else Severity.CRITICAL if level in STRONG else None
    return fail(
        f"Anybody with an AWS account can become {reaches(level)} {first.name}"
        + (" who knows its external id" if asked else ""),
        subject=f"role {first.name}",
        severity=severity,
        evidence=[trust_evidence(one, trusts) for one in openings],
        role=first.name,
        asked=asked,
    )
