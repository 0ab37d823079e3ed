"""What the policies of an AWS account allow, as a typical one has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.aws.last_use import AwsLastUse, ServiceUse, UserUse
from posture.facts.aws.logins import AwsAccessKey, AwsLogin, CredentialReport
from posture.facts.aws.powers import (
    AwsPowers,
    AwsTrusts,
    EscalationPath,
    Level,
    Opening,
    PolicyRef,
    PrincipalPower,
    Whom,
)
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
OWN = "arn:aws:iam::111122223333"
REFS = (
    PolicyRef("AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess", "user", "alex"),
    PolicyRef("own", "", "user", "alex"),
    PolicyRef("all", "", "group", "admins"),
)
ADMIN = PrincipalPower(
    "user", "alex", f"{OWN}:user/alex", Level.ADMIN, Level.ADMIN, tuple(map(str, REFS)), policies=REFS
)
ROLE = replace(ADMIN, kind="role", name="deploy", arn=f"{OWN}:role/deploy", policies=REFS[:2])
PATH = EscalationPath(
    "lambda-create-invoke", "runs code of its own as a role of Lambda",
    ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"), "role admin", ("dev",),
)  # fmt: skip
CODE = EscalationPath(
    "lambda-code", "changes the code of a function", ("lambda:UpdateFunctionCode",), "role a", ("dev",)
)
CLIMBING = replace(ADMIN, level=Level.ESCALATION, without_mfa=Level.ESCALATION, paths=(PATH, CODE), policies=REFS)
WIDE = replace(ADMIN, level=Level.LIMITED, without_mfa=Level.LIMITED, wildcards=("s3:*", "kms:*"))
ANYONE = Opening(
    "iam-role", "deploy", f"{OWN}:role/deploy", "", Whom.ANYONE, "anyone", ("sts:assumerole",), writes=True
)
OTHER = replace(ANYONE, whom=Whom.ACCOUNT, who="999988887777")
GITHUB = replace(
    ANYONE, whom=Whom.FEDERATED, who=f"{OWN}:oidc-provider/token.actions.githubusercontent.com", subject_checked=False
)
NO_KEYS = Unavailable("iam:GetCredentialReport: not permitted")


def powers(*principals: PrincipalPower, gaps: tuple[Any, ...] = ()) -> AwsPowers:
    return AwsPowers(principals, gaps, AT)


def trusts(*openings: Opening, gaps: tuple[Any, ...] = ()) -> AwsTrusts:
    return AwsTrusts(openings, 12, gaps, AT)


def report(*, active: bool = True) -> CredentialReport:
    login = AwsLogin("alex", ADMIN.arn, AT, console=True, mfa=True, keys=(AwsAccessKey(1, active, AT),))
    return CredentialReport(None, (login,), AT, (), AT)


def last_use(*used: str, gaps: tuple[Any, ...] = ()) -> AwsLastUse:
    services = tuple(ServiceUse(name, AT if name in used else None) for name in ("s3", "kms", "ec2", "iam", "sqs"))
    return AwsLastUse((UserUse("alex", ADMIN.arn, services),), gaps, AT)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    role = replace(CLIMBING, kind="role", name="deploy", policies=REFS[:1])
    own_provider = replace(GITHUB, who=f"{OWN}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC")
    return {
        "keys.aws-admin-principal": (
            (powers(ADMIN), report(), trusts()),
            (powers(replace(ADMIN, without_mfa=Level.LIMITED)), NO_KEYS, NO_KEYS),
            (powers(replace(ADMIN, policies=REFS[2:])), report(active=False), trusts()),
            (powers(ROLE), report(), trusts(OTHER)),
        ),
        "keys.aws-privilege-escalation": ((powers(CLIMBING),), (powers(role),)),
        "keys.aws-permissions-unused": (
            (last_use("s3", "kms"), powers(ADMIN)),
            (last_use(), powers(replace(WIDE, policies=REFS[1:2]))),
        ),
        "keys.aws-service-wildcard": (
            (powers(WIDE),),
            (powers(replace(WIDE, kind="role", name="deploy", policies=REFS[1:2])),),
        ),
        "keys.aws-role-trust-open": (
            (trusts(ANYONE), powers(ROLE)),
            (trusts(replace(ANYONE, external_id=True)), NO_KEYS),
        ),
        "keys.aws-role-trust-third-party": ((trusts(OTHER), powers(ROLE)), (trusts(OTHER), NO_KEYS)),
        "keys.aws-role-trust-federated": ((trusts(GITHUB), powers(ROLE)), (trusts(own_provider), powers())),
    }
