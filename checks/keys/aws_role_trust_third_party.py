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
    "keys.aws-role-trust-third-party",
    title="A role lets another AWS account in without an external id",
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
def aws_role_trust_third_party(trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Iterator[Verdict]:
    """A role's trust policy names another account, and asks for no external id (sts:ExternalId).

    Where the account is a service's that works for many customers, another of its customers can have it take this role
    by telling it the role's name (the confused deputy). High where the role is an administrator or can make itself one,
    else medium. A condition that names the organization, or narrows otherwise, passes; an external id of wildcards is
    none.

    It is wrong where the account is the customer's own, in the same organization or not: which accounts belong together
    is not known here. Then a condition on aws:PrincipalOrgID says so in the policy, or the risk is accepted.
    """
    others = [one for one in trusts.openings if one.whom is Whom.ACCOUNT]
    loose = [one for one in others if not (one.external_id or one.limits or "aws:principalorg" in one.unclear)]
    for key in dict.fromkeys((one.arn, one.who) for one in loose):
        yield _failure([one for one in loose if (one.arn, one.who) == key], trusts, powers)
    yield from unseen(trusts.gaps)
    if not loose and not trusts.gaps:
        yield passed(
            f"{count(trusts.judged, 'role')} read; {count(len(others), 'other account')} let in, each by a condition"
        )


def _failure(openings: list[Opening], trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Verdict:
    first = openings[0]
    level = level_of(first, powers)
    return fail(
        f"Account {first.who} can become {reaches(level)} {first.name} without an external id; "
        "whether it is of the same organization is not known",
        subject=f"role {first.name} for {first.who}",
        severity=Severity.HIGH if level in STRONG else None,
        evidence=[trust_evidence(one, trusts) for one in openings],
        role=first.name,
        who=first.who,
    )
