from __future__ import annotations

from checks.aws import unseen
from checks.keys.aws_principals import evidence_of, has_key, held_by, subject_of
from checks.wording import count, listed
from posture.sdk import (
    AwsPowers,
    AwsTrusts,
    CredentialReport,
    Iterator,
    Level,
    Opening,
    PrincipalPower,
    Severity,
    Unavailable,
    Verdict,
    check,
    fail,
    passed,
)


@check(
    "keys.aws-admin-principal",
    title="A user or role of an AWS account may do everything",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.2",
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
def aws_admin_principal(
    powers: AwsPowers, report: CredentialReport | Unavailable, trusts: AwsTrusts | Unavailable
) -> Iterator[Verdict]:
    """A user or role has an administrator's rights: every action on everything, identities and policies included.

    All its policies count together: managed, inline, by groups, with wildcards, NotAction and NotResource, less what is
    denied, cut by its permissions boundary. High: a user with an active access key, which is an administrator in a
    file. Medium: a user without one, and a role that lets another account or an identity provider in. Low: a role for
    this account or for services of AWS, and a user who needs a second factor for it (aws:MultiFactorAuthPresent).
    Roles that only AWS changes (service-linked, of Identity Center) are left alone. Root is judged by other checks.

    It is wrong where a policy of the organization (SCP) forbids what the account's own policies allow: those are not
    read. Some administrators are needed: accept the risk for the few that are, with a name and a reason. A condition
    that cannot be judged (an address, an organization) is taken as met, and told.
    """
    every = [one for one in powers.principals if not one.reserved]
    admins = [one for one in every if one.level is Level.ADMIN]
    for one in admins:
        yield _user(one, powers, report) if one.kind == "user" else _role(one, powers, trusts)
    yield from unseen(powers.gaps)
    if not admins and not powers.gaps:
        yield passed(f"None of {count(len(every), 'user and role', ' (users and roles)')} is an administrator")


def _user(one: PrincipalPower, powers: AwsPowers, report: CredentialReport | Unavailable) -> Verdict:
    key = has_key(one, report)
    guarded = one.without_mfa is not Level.ADMIN
    severity = Severity.LOW if guarded else Severity.HIGH if key else Severity.MEDIUM
    how = ", with a second factor" if guarded else ", and has an access key" if key else ""
    unknown = "; whether it has access keys is not known" if key is None and not guarded else ""
    return fail(
        f"User {one.name} may do everything{how}{unknown}",
        subject=subject_of(one),
        severity=severity,
        evidence=(evidence_of(one, powers),),
        key=bool(key),
        guarded=guarded,
        **held_by(one),
    )


def _role(one: PrincipalPower, powers: AwsPowers, trusts: AwsTrusts | Unavailable) -> Verdict:
    outside = [] if isinstance(trusts, Unavailable) else [each for each in trusts.openings if each.arn == one.arn]
    return fail(
        f"Role {one.name} may do everything{_for(outside)}",
        subject=subject_of(one),
        severity=Severity.MEDIUM if outside or isinstance(trusts, Unavailable) else Severity.LOW,
        evidence=(evidence_of(one, powers),),
        key=False,
        guarded=one.without_mfa is not Level.ADMIN,
        **held_by(one),
    )


def _for(outside: list[Opening]) -> str:
    return f", and lets in {listed(dict.fromkeys(one.who for one in outside))}" if outside else ""
