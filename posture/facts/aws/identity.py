"""Where people sign in to an AWS account, or to what runs in it, other than as users of IAM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class IdentityCenter:
    """An instance of IAM Identity Center that this account sees. `owner` is the account it belongs to."""

    arn: str
    name: str
    region: str
    owner: str


@dataclass(frozen=True, slots=True)
class IdentityCenters:
    """All of them in `regions`. Whether their users have MFA is told by no API."""

    centers: tuple[IdentityCenter, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


class PoolMfa(StrEnum):
    """Whether users of a pool give a second factor."""

    OFF = "off"
    OPTIONAL = "optional"  # each user decides
    ON = "on"


@dataclass(frozen=True, slots=True)
class UserPool:
    """A user pool of Cognito.

    `admins` are those of its groups whose names say that they administer something; they are not read where MFA is on.
    """

    id: str
    name: str
    region: str
    mfa: PoolMfa
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserPools:
    """All of them in `regions`."""

    pools: tuple[UserPool, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
