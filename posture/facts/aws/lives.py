"""Whether what AWS runs for an account still gets security updates: its versions, held against a dated table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from posture.facts.aws.gap import Gap


class Phase(StrEnum):
    """How a version stands on the day that it was seen."""

    SUPPORTED = "supported"
    EXTENDED = "extended"  # security updates at extra cost, until an end
    ENDED = "ended"  # no more security updates
    UNKNOWN = "unknown"  # not in the table


@dataclass(frozen=True, slots=True)
class VersionLife:
    """One thing with a version that AWS keeps, or no longer keeps, up to date.

    `kind` is ``lambda-function``, ``rds-instance``, ``rds-cluster``, ``replication-group`` or ``cluster`` (of
    ElastiCache), ``search-domain`` or ``eks-cluster``. `engine` is AWS's word (``mysql``, ``redis``), empty for
    functions; `product` its name for people, empty where the table does not know it. `standard` is the last day of
    security updates at no extra cost, `ends` the last of extended support (of a function: the last day on which its
    code can be changed with this runtime). Both are None where the table has none. `support` is what AWS does at the
    end of standard support, in its words, empty where it did not say.
    """

    kind: str
    id: str
    arn: str
    region: str
    engine: str
    version: str
    product: str
    phase: Phase
    standard: date | None = None
    ends: date | None = None
    support: str = ""


@dataclass(frozen=True, slots=True)
class Lives:
    """All things of some kinds. `dated` is the day of the table, `stale`: it is too old to call anything supported.

    `gaps` are of the questions that tell of them, `missing` says in words what of them is not known at all.
    """

    things: tuple[VersionLife, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]
    dated: date
    stale: bool
    observed: datetime


@dataclass(frozen=True, slots=True)
class RuntimeLives(Lives):
    """The runtimes of Lambda functions; a function from a container image has none."""


@dataclass(frozen=True, slots=True)
class DatabaseLives(Lives):
    """The engines of RDS, Aurora, Neptune, DocumentDB, ElastiCache and OpenSearch Service.

    Of an instance in a cluster the cluster alone is told.
    """


@dataclass(frozen=True, slots=True)
class ClusterLives(Lives):
    """The versions of Kubernetes of EKS."""
