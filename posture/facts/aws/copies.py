"""Copies of disks and databases that every AWS account can take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class PublicCopy:
    """A copy that is shared with everybody.

    `kind` is ``ebs`` (a disk), ``rds`` (a database instance), ``rds-cluster`` or ``image`` (an AMI). `name` is for
    people, `of` what it was made from (a volume, a database), `made` when; each may be unknown.
    """

    kind: str
    id: str
    name: str
    region: str
    of: str = ""
    made: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicSnapshots:
    """The public snapshots of disks and databases.

    `blocked` are the regions that share none although it is set so (block-all-sharing). `databases` counts the manual
    snapshots of databases that could be public and were asked about. `gaps` are of ec2:DescribeSnapshots,
    ec2:GetSnapshotBlockPublicAccessState (asked where there is a public one), rds:DescribeDBSnapshots,
    rds:DescribeDBClusterSnapshots and their Attributes.
    """

    account: str
    copies: tuple[PublicCopy, ...]
    blocked: tuple[str, ...]
    databases: int
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class PublicImages:
    """The public images of machines; `gaps` are of ec2:DescribeImages."""

    account: str
    images: tuple[PublicCopy, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
