"""Which services the users of an AWS account really used (iam:GetServiceLastAccessedDetails)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A service that a user's policies allow, by its prefix (``s3``). `used` is None for one not used in 400 days."""

    service: str
    used: datetime | None


@dataclass(frozen=True, slots=True)
class UserUse:
    """A user and all services that its policies allow."""

    name: str
    arn: str
    services: tuple[ServiceUse, ...]


@dataclass(frozen=True, slots=True)
class AwsLastUse:
    """Users with an active access key and a policy with wildcards or rights over identities; at most fifty are asked.

    More than these are a gap (LIMIT). A user whose report did not come is one, about his name.
    """

    users: tuple[UserUse, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
