"""Who is in an AWS account, and the policies that say what they may (iam:GetAccountAuthorizationDetails)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy. `arn` is empty for an inline one, `document` the JSON as AWS gave it (decoded), default version."""

    name: str
    arn: str
    document: str


@dataclass(frozen=True, slots=True)
class IamUser:
    """A user. `policies` and `boundary` are ARNs of managed policies, `groups` names."""

    name: str
    arn: str
    created: datetime
    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    inline: tuple[PolicyText, ...] = ()
    boundary: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class IamGroup:
    """A group of users."""

    name: str
    arn: str
    policies: tuple[str, ...] = ()
    inline: tuple[PolicyText, ...] = ()


@dataclass(frozen=True, slots=True)
class IamRole:
    """A role. `trust` is its trust policy, `last_used` within the 400 days that AWS keeps (None: not in them).

    `trust` is empty, and there is a gap, where it was not told. `instance_profiles` are ARNs.
    """

    name: str
    arn: str
    created: datetime
    trust: str
    policies: tuple[str, ...] = ()
    inline: tuple[PolicyText, ...] = ()
    boundary: str = ""
    last_used: datetime | None = None
    instance_profiles: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class IamAuthorizations:
    """All of them. `policies` are the managed policies that are attached somewhere, by AWS or by the customer.

    An ARN that somebody has and that is not among `policies` is one of `gaps`, as is an inline policy that was left out
    because its text was not told.
    """

    account: str
    users: tuple[IamUser, ...]
    groups: tuple[IamGroup, ...]
    roles: tuple[IamRole, ...]
    policies: tuple[PolicyText, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
