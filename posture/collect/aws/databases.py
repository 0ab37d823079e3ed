"""Databases and caches that AWS runs for an account, in all regions.

Sources: Amazon RDS API Reference, DBInstance and DBCluster; Amazon Redshift API Reference, Cluster; Amazon ElastiCache
API Reference, CacheCluster and ReplicationGroup.
"""

from __future__ import annotations

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, arn, flag, items, number, text, texts
from posture.collect.aws.regional import listed
from posture.facts.aws.databases import CacheCluster, CacheClusters, ManagedDatabase, RdsDatabases, RedshiftClusters
from posture.facts.factset import Facts

_SAID_BY_CLUSTER = frozenset({"aurora", "aurora-mysql", "aurora-postgresql", "docdb", "neptune"})


def read_rds(asked: Asked) -> Facts:
    """`RdsDatabases`."""
    instances = listed(asked, Call("rds", "DescribeDBInstances"), "DBInstances")
    clusters = listed(asked, Call("rds", "DescribeDBClusters"), "DBClusters")
    databases = (
        *(_rds(one, region, "rds-instance", "DBInstance") for region, one in instances.items),
        *(_rds(one, region, "rds-cluster", "DBCluster") for region, one in clusters.items),
    )
    gaps = (*instances.gaps, *clusters.gaps)
    return {RdsDatabases: RdsDatabases(asked.api.account, databases, asked.api.regions, gaps, asked.at)}


def _rds(one: Item, region: str, kind: str, word: str) -> ManagedDatabase:
    cluster = kind == "rds-cluster"
    engine = text(one, "Engine")
    ports = (number(one, "Port"),) if cluster else (number(one, "Endpoint", "Port"), number(one, "DbInstancePort"))
    return ManagedDatabase(
        kind=kind,
        id=text(one, f"{word}Identifier"),
        arn=arn(one, f"{word}Arn"),
        region=region,
        engine=engine,
        version=text(one, "EngineVersion"),
        public=flag(one, "PubliclyAccessible") and not (cluster and engine in _SAID_BY_CLUSTER),
        address=text(one, "Endpoint") if cluster else text(one, "Endpoint", "Address"),
        port=next(filter(None, ports), 0),
        security_groups=_groups(one, "VpcSecurityGroups", "VpcSecurityGroupId"),
        cluster="" if cluster else text(one, "DBClusterIdentifier"),
        state=text(one, "Status" if cluster else "DBInstanceStatus"),
        minor_upgrades=flag(one, "AutoMinorVersionUpgrade"),
        support=text(one, "EngineLifecycleSupport"),
    )


def read_redshift(asked: Asked) -> Facts:
    """`RedshiftClusters`."""
    told = listed(asked, Call("redshift", "DescribeClusters"), "Clusters")
    databases = tuple(
        ManagedDatabase(
            kind="redshift",
            id=text(one, "ClusterIdentifier"),
            arn=arn(one, "ClusterNamespaceArn"),
            region=region,
            engine="redshift",
            version=text(one, "ClusterVersion"),
            public=flag(one, "PubliclyAccessible"),
            address=text(one, "Endpoint", "Address"),
            port=number(one, "Endpoint", "Port") or 5439,
            security_groups=_groups(one, "VpcSecurityGroups", "VpcSecurityGroupId"),
            state=text(one, "ClusterStatus"),
            minor_upgrades=flag(one, "AllowVersionUpgrade"),
        )
        for region, one in told.items
    )
    return {RedshiftClusters: RedshiftClusters(asked.api.account, databases, asked.api.regions, told.gaps, asked.at)}


def read_caches(asked: Asked) -> Facts:
    """`CacheClusters`."""
    clusters = listed(asked, Call("elasticache", "DescribeCacheClusters"), "CacheClusters")
    groups = listed(asked, Call("elasticache", "DescribeReplicationGroups"), "ReplicationGroups")
    versions = {(region, text(one, "CacheClusterId")): text(one, "EngineVersion") for region, one in clusters.items}
    caches = (
        *(_group(one, region, versions) for region, one in groups.items),
        *(
            _cache(one, region, "cluster", text(one, "CacheClusterId"), text(one, "EngineVersion"))
            for region, one in clusters.items
            if not text(one, "ReplicationGroupId")
        ),
    )
    gaps = (*clusters.gaps, *groups.gaps)
    return {CacheClusters: CacheClusters(asked.api.account, caches, asked.api.regions, gaps, asked.at)}


def _group(one: Item, region: str, versions: dict[tuple[str, str], str]) -> CacheCluster:
    members = [versions[region, name] for name in texts(one, "MemberClusters") if (region, name) in versions]
    return _cache(one, region, "replication-group", text(one, "ReplicationGroupId"), next(iter(members), ""))


def _cache(one: Item, region: str, kind: str, name: str, version: str) -> CacheCluster:
    encrypted, preferred = flag(one, "TransitEncryptionEnabled"), text(one, "TransitEncryptionMode") == "preferred"
    return CacheCluster(
        kind=kind,
        id=name,
        arn=arn(one, "ARN"),
        region=region,
        engine=text(one, "Engine") or "redis",
        version=version,
        encrypted=encrypted and not preferred,
        optional=encrypted and preferred,
        login=flag(one, "AuthTokenEnabled") or bool(texts(one, "UserGroupIds")),
        minor_upgrades=flag(one, "AutoMinorVersionUpgrade"),
    )


def _groups(one: Item, key: str, name: str) -> tuple[str, ...]:
    return tuple(filter(None, (text(group, name) for group in items(one, key))))
