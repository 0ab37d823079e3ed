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
    not_applicable,
    passed,
)

# Providers whose identities anybody can have, with the subject of one project's at each.
SHARED = {
    "token.actions.githubusercontent.com": "repo:ORGANIZATION/REPOSITORY:ref:refs/heads/main",
    "gitlab.com": "project_path:GROUP/PROJECT:ref_type:branch:ref:main",
    "app.terraform.io": "organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:*",
    "accounts.google.com": "NUMBER-OF-THE-SERVICE-ACCOUNT",
    "cognito-identity.amazonaws.com": "REGION:ID-OF-THE-IDENTITY",
    "agent.buildkite.com": "organization:ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/main:*",
}


@check(
    "keys.aws-role-trust-federated",
    title="A role lets every identity of a provider in",
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
def aws_role_trust_federated(trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Iterator[Verdict]:
    """A role trusts a provider of OpenID Connect, and no condition says whose identities of it (the claim ``sub``).

    At a provider that anybody can use (GitHub, GitLab.com, HCP Terraform, Google) every project in the world may then
    take the role, as ``aud`` is the same for all: high, and critical where the role is an administrator or can make
    itself one. At a provider of the customer's own (a cluster, a server) every workload may: medium. A condition that
    strangers meet too (``repo:*``, ``repo:*:ref:refs/heads/main``, ``*``) is none. Providers of SAML, which tell
    themselves who has which role, are not asked for one.

    It is wrong where every identity of the customer's own provider is meant to have the role.
    """
    every = [one for one in trusts.openings if one.whom is Whom.FEDERATED]
    loose = [one for one in every if not (one.subject_checked or one.limits)]
    for key in dict.fromkeys((one.arn, one.who) for one in loose):
        yield _failure([one for one in loose if (one.arn, one.who) == key], trusts, powers)
    yield from unseen(trusts.gaps)
    if loose or trusts.gaps:
        return
    if every:
        yield passed(f"{count(len(every), 'trust')} of identity providers, each says whose identities are meant")
    else:
        yield not_applicable(f"None of {count(trusts.judged, 'role')} trusts an identity provider")


def _failure(openings: list[Opening], trusts: AwsTrusts, powers: AwsPowers | Unavailable) -> Verdict:
    first = openings[0]
    provider = first.who.rpartition("oidc-provider/")[2].lower()
    level = level_of(first, powers)
    shared = provider in SHARED
    severity = Severity.CRITICAL if shared and level in STRONG else Severity.HIGH if shared or level in STRONG else None
    return fail(
        f"Every identity of {provider} can become {reaches(level)} {first.name}",
        subject=f"role {first.name} for {provider}",
        severity=severity,
        evidence=[trust_evidence(one, trusts) for one in openings],
        role=first.name,
        provider=provider,
        shared=shared,
        like=SHARED.get(provider, "SUBJECT"),
    )
