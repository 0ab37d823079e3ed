"""Databases and caches of an account."""

from __future__ import annotations

from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.databases import read_caches, read_rds, read_redshift
from posture.facts.aws.databases import CacheClusters, RdsDatabases, RedshiftClusters


def test_databases_on_the_server(aws_server: AwsServer):
    """Engine, version, port, groups and whether it is public, of each instance and cluster."""
    number = "100000000431"
    rds, redshift = aws_server.client("rds", number), aws_server.client("redshift", number)
    for name, public in (("open", True), ("inner", False)):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="mysql", EngineVersion="5.7.44",
            AllocatedStorage=20, MasterUsername="root0", MasterUserPassword="x" * 12, PubliclyAccessible=public,
            VpcSecurityGroupIds=["sg-1"],
        )  # fmt: skip
    rds.create_db_cluster(
        DBClusterIdentifier="many", Engine="aurora-postgresql", EngineVersion="16.3", MasterUsername="root0",
        MasterUserPassword="x" * 12,
    )  # fmt: skip
    redshift.create_cluster(
        ClusterIdentifier="figures", NodeType="ra3.large", MasterUsername="root0", MasterUserPassword="Aa1" + "x" * 9,
        PubliclyAccessible=True,
    )  # fmt: skip
    here = asked(account_api(number))
    fact = read_rds(here)[RdsDatabases]
    told = {one.id: (one.kind, one.engine, one.version, one.port, one.public) for one in fact.databases}
    assert told["open"] == ("rds-instance", "mysql", "5.7.44", 3306, True)
    assert told["inner"][-1] is False
    assert told["many"][:3] == ("rds-cluster", "aurora-postgresql", "16.3")
    assert fact.databases[0].security_groups == ("sg-1",)
    assert fact.gaps == ()
    (figures,) = read_redshift(here)[RedshiftClusters].databases
    assert (figures.id, figures.port, figures.public) == ("figures", 5439, True)


def test_caches():
    """A replication group is one cache, of its members' version; that clients may use TLS does not encrypt it."""
    member = {"CacheClusterId": "shop-001", "ReplicationGroupId": "shop", "Engine": "redis", "EngineVersion": "6.2.6"}
    alone = {"CacheClusterId": "old", "Engine": "memcached", "EngineVersion": "1.6.6"}
    group = {
        "ReplicationGroupId": "shop", "MemberClusters": ["shop-001"], "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "preferred", "AuthTokenEnabled": False, "UserGroupIds": ["staff"], "Engine": "redis",
    }  # fmt: skip
    fact = read_caches(
        asked(
            Answers(
                {
                    "elasticache:DescribeCacheClusters": {"CacheClusters": [member, alone]},
                    "elasticache:DescribeReplicationGroups": {"ReplicationGroups": [group]},
                }
            )
        )
    )[CacheClusters]
    shop, old = fact.caches
    assert (shop.id, shop.version, shop.encrypted, shop.optional, shop.login) == ("shop", "6.2.6", False, True, True)
    assert (old.kind, old.engine, old.encrypted, old.login) == ("cluster", "memcached", False, False)
