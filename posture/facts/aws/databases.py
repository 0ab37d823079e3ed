"""Databases and caches that AWS runs for an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class ManagedDatabase:
    """A database of RDS (also Aurora, Neptune and DocumentDB) or Redshift.

    `kind` is ``rds-instance``, ``rds-cluster`` or ``redshift``. `engine` and `version` are AWS's words (``mysql``
    ``5.7.44``, ``aurora-postgresql`` ``16.3``, ``sqlserver-se``; ``redshift`` ``1.0``). `cluster` is the cluster an
    instance belongs to. `public`: its name leads to a public address. `support` is what AWS does when the standard
    support of the version ends (EngineLifecycleSupport), empty where it did not say.
    """

    kind: str
    id: str
    arn: str
    region: str
    engine: str
    version: str
    public: bool
    address: str = ""
    port: int = 0
    security_groups: tuple[str, ...] = ()
    cluster: str = ""
    state: str = ""
    minor_upgrades: bool = False
    support: str = ""


@dataclass(frozen=True, slots=True)
class RdsDatabases:
    """The instances and clusters of RDS; `gaps` are of rds:DescribeDBInstances and rds:DescribeDBClusters."""

    account: str
    databases: tuple[ManagedDatabase, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class RedshiftClusters:
    """The clusters of Redshift; `gaps` are of redshift:DescribeClusters."""

    account: str
    databases: tuple[ManagedDatabase, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class CacheCluster:
    """A replication group of ElastiCache, or a cluster that is in none.

    `kind` is ``replication-group`` or ``cluster``. `engine` is ``redis``, ``valkey`` or ``memcached``; `version` is
    that of the group's first member. `encrypted`: clients must use TLS; `optional`: they may. `login`: an AUTH token or
    users are set.
    """

    kind: str
    id: str
    arn: str
    region: str
    engine: str
    version: str
    encrypted: bool
    login: bool
    optional: bool = False
    minor_upgrades: bool = False


@dataclass(frozen=True, slots=True)
class CacheClusters:
    """All of them; `gaps` are of elasticache:DescribeCacheClusters and elasticache:DescribeReplicationGroups."""

    account: str
    caches: tuple[CacheCluster, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
