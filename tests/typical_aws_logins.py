"""How people sign in to an AWS account, as a typical one has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.iam import IamAuthorizations, IamUser
from posture.facts.aws.identity import PoolMfa, UserPool, UserPools
from posture.facts.aws.logins import (
    AwsAccessKey,
    AwsAccountSummary,
    AwsLogin,
    AwsMfaDevice,
    AwsMfaDevices,
    AwsMfaKind,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    AwsServiceCredential,
    AwsServiceCredentials,
    CredentialReport,
)
from posture.facts.aws.powers import AwsPowers, Level, PrincipalPower
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ARN = "arn:aws:iam::111122223333"
DENIED = Unavailable("iam:X: not permitted")
SUMMARY = AwsAccountSummary(root_mfa=False, root_keys=True, root_password=True, observed=AT)
KEY = AwsAccessKey(1, active=True, created=AT - timedelta(days=400), used=AT, region="eu-central-1", service="s3")
FRESH = replace(KEY, created=AT - timedelta(days=9))
ALEX = AwsLogin("alex", f"{ARN}:user/alex", AT - timedelta(days=900), console=True, mfa=False)
POOL = UserPool("eu-central-1_AbC", "shop", "eu-central-1", PoolMfa.OFF, admins=("ShopAdmins",))
POLICY = AwsPasswordPolicy(
    exists=False, length=8, symbols=False, numbers=False, uppercase=False, lowercase=False, remembered=0, days=0,
    observed=AT,
)  # fmt: skip


BEDROCK = AwsServiceCredential(
    "ACCAEXAMPLE1", "alex", "bedrock.amazonaws.com", active=True, created=AT - timedelta(days=100), expires=None
)


def gap(action: str, about: str = "") -> Gap:
    return Gap(action, Why.DENIED, about=about)


def report(*users: AwsLogin, root: AwsLogin | None = None, gaps: tuple[Gap, ...] = ()) -> CredentialReport:
    return CredentialReport(root, users, AT - timedelta(hours=1), gaps, AT)


def iam(*names: str, gaps: tuple[Gap, ...] = ()) -> IamAuthorizations:
    users = tuple(IamUser(name, f"{ARN}:user/{name}", AT) for name in names)
    return IamAuthorizations("111122223333", users, (), (), (), gaps, AT)


def powers(
    name: str = "alex",
    level: Level = Level.ADMIN,
    without_mfa: Level | None = None,
    gaps: tuple[Gap, ...] = (),
    **more: Any,
) -> AwsPowers:
    arn = f"{ARN}:user/{name}"
    power = PrincipalPower("user", name, arn, level, level if without_mfa is None else without_mfa, **more)
    return AwsPowers((power,), gaps, AT)


def devices(*kinds: AwsMfaKind, user: str = "alex", gaps: tuple[Gap, ...] = ()) -> AwsMfaDevices:
    serials = {AwsMfaKind.VIRTUAL: f"{ARN}:mfa/{user}", AwsMfaKind.SECURITY_KEY: f"{ARN}:u2f/user/{user}/k-1"}
    some = tuple(AwsMfaDevice(user, kind, serials.get(kind, "GAHT00000001"), AT) for kind in kinds)
    return AwsMfaDevices(some, gaps, AT)


def pools(*some: UserPool, gaps: tuple[Gap, ...] = ()) -> UserPools:
    return UserPools(some, ("eu-central-1", "us-east-1"), gaps, AT)


def keyed(*keys: AwsAccessKey, **more: Any) -> AwsLogin:
    return replace(ALEX, **{"console": False, "keys": keys, **more})


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of accounts on which it fails."""
    on, central = replace(SUMMARY, root_mfa=True), AwsOrganizationFeatures(("RootCredentialsManagement",), AT)
    root = keyed(KEY, name="<root_account>")
    virtual, enrolled = devices(AwsMfaKind.VIRTUAL), replace(ALEX, mfa=True)
    one = iam("alex")
    second = replace(KEY, place=2, used=None)
    return {
        "mfa.aws-root-mfa": (
            (SUMMARY, DENIED, DENIED, DENIED),
            (SUMMARY, devices(), report(), central),
            (on, devices(AwsMfaKind.VIRTUAL, user="<root_account>"), DENIED, DENIED),
        ),
        "keys.aws-root-access-key": ((SUMMARY, DENIED), (SUMMARY, report(root=root))),
        "mfa.aws-console-user-mfa": (
            (report(ALEX), DENIED, one, powers()),
            (report(replace(ALEX, password_used=AT)), devices(), one, DENIED),
        ),
        "mfa.aws-admin-mfa-phishable": (
            (report(enrolled), virtual, powers()),
            (report(enrolled), devices(AwsMfaKind.HARDWARE_CODES, AwsMfaKind.VIRTUAL), powers(level=Level.ESCALATION)),
        ),
        "mfa.aws-rights-without-mfa": (
            (report(replace(ALEX, keys=(KEY, second))), powers(granted_by=("admins", "all")), one),
            (report(ALEX), powers(level=Level.ESCALATION, unclear="aws:SourceIp"), one),
        ),
        "mfa.aws-password-policy": (
            (POLICY, report(ALEX)),
            (replace(POLICY, exists=True, length=20, symbols=True, numbers=True, days=90), report(ALEX)),
        ),
        "mfa.aws-identity-center": (),  # no API tells it: never passed and never failed
        "mfa.aws-cognito-admin-mfa": ((pools(POOL),), (pools(replace(POOL, mfa=PoolMfa.OPTIONAL)),)),
        "keys.aws-access-key-old": ((report(keyed(KEY)), one), (report(keyed(second)), one)),
        "keys.aws-access-key-unused": (
            (report(keyed(second)), one),
            (report(keyed(replace(KEY, used=AT - timedelta(days=100)))), one),
        ),
        "keys.aws-access-key-two-active": ((report(keyed(KEY, second)), one),),
        "keys.aws-service-credential-old": ((AwsServiceCredentials((BEDROCK,), (), AT),),),
        "keys.aws-console-user-with-key": ((report(replace(ALEX, keys=(KEY,))), one),),
    }
