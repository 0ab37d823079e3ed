"""What an AWS account lets the internet do, as a typical one has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.aws.copies import PublicCopy, PublicImages, PublicSnapshots
from posture.facts.aws.databases import CacheCluster, CacheClusters, ManagedDatabase, RdsDatabases, RedshiftClusters
from posture.facts.aws.endpoints import (
    EksCluster,
    EksClusters,
    Listener,
    LoadBalancer,
    LoadBalancers,
    SearchDomain,
    SearchDomains,
)
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.instances import Ec2Instance, Ec2Instances
from posture.facts.aws.network import AwsNetwork, IngressRule, NetworkInterface, PrefixList, SecurityGroup
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ACCOUNT = "111122223333"
REGION = "eu-central-1"
REGIONS = (REGION,)
WORLD = "0.0.0.0/0"
DENIED = Unavailable("ec2:DescribeSecurityGroups: not permitted")
CARD = NetworkInterface("eni-1", REGION, ("sg-1",), "i-1", ("198.51.100.7",), ("198.51.100.7",))
BALANCER = replace(CARD, holder="ELB app/shop/50dc6c495c0c9188", balancer=True)
DATABASE = ManagedDatabase(
    "rds-instance", "shop", "", REGION, "mysql", "8.0.39", public=True, address="shop.example", port=3306,
    security_groups=("sg-1",),
)  # fmt: skip
MACHINE = Ec2Instance(
    "i-1", "web", REGION, "running", AT, "ami-1", "Linux/UNIX", public_addresses=("198.51.100.7",),
    profile="arn:aws:iam::111122223333:instance-profile/web", metadata_tokens="optional",
)  # fmt: skip
CLUSTER = EksCluster("shop", "", REGION, "1.31", public=True, private=False, cidrs=(WORLD,))
DOMAIN = SearchDomain("logs", "", REGION, "OpenSearch_2.11", "", "search-logs.example")
CACHE = CacheCluster("replication-group", "shop", "", REGION, "redis", "7.1", encrypted=False, login=False)
OLD = Listener(443, "HTTPS", "arn:1", "ELBSecurityPolicy-2016-08")
PLAIN = Listener(80, "HTTP", "arn:2")
SHOP = LoadBalancer("application", "shop", "arn:3", REGION, internet=True, listeners=(OLD, PLAIN))
SNAPSHOT = PublicCopy("ebs", "snap-1", "before the move", REGION, "vol-1", AT)
LIST = PrefixList("pl-1", REGION, (WORLD,))
IMAGE = PublicCopy("image", "ami-1", "shop-2026", REGION)


def gap(action: str, region: str = REGION) -> Gap:
    return Gap(action, Why.DENIED, region)


def rule(port: int = 22, *sources: str, protocol: str = "tcp", last: int = 0) -> tuple[IngressRule, ...]:
    return tuple(IngressRule(protocol, port, last or port, source) for source in sources or (WORLD,))


def network(
    *rules: tuple[IngressRule, ...],
    interfaces: tuple[NetworkInterface, ...] = (CARD,),
    lists: tuple[PrefixList, ...] = (),
    gaps: tuple[Gap, ...] = (),
) -> AwsNetwork:
    """One group with these rules."""
    group = SecurityGroup("sg-1", "shop", REGION, "vpc-1", tuple(one for some in rules for one in some))
    return AwsNetwork(ACCOUNT, (group,), lists, interfaces, REGIONS, gaps, AT)


def rds(*databases: ManagedDatabase, gaps: tuple[Gap, ...] = ()) -> RdsDatabases:
    return RdsDatabases(ACCOUNT, databases, REGIONS, gaps, AT)


def redshift(*databases: ManagedDatabase) -> RedshiftClusters:
    return RedshiftClusters(ACCOUNT, databases, REGIONS, (), AT)


def instances(*some: Ec2Instance, gaps: tuple[Gap, ...] = ()) -> Ec2Instances:
    return Ec2Instances(ACCOUNT, some, REGIONS, gaps, AT)


def snapshots(*copies: PublicCopy, blocked: tuple[str, ...] = (), gaps: tuple[Gap, ...] = ()) -> PublicSnapshots:
    return PublicSnapshots(ACCOUNT, copies, blocked, 3, REGIONS, gaps, AT)


def images(*copies: PublicCopy, gaps: tuple[Gap, ...] = ()) -> PublicImages:
    return PublicImages(ACCOUNT, copies, REGIONS, gaps, AT)


def eks(*clusters: EksCluster, gaps: tuple[Gap, ...] = ()) -> EksClusters:
    return EksClusters(ACCOUNT, clusters, REGIONS, gaps, AT)


def search(*domains: SearchDomain, gaps: tuple[Gap, ...] = ()) -> SearchDomains:
    return SearchDomains(ACCOUNT, domains, REGIONS, gaps, AT)


def caches(*some: CacheCluster, gaps: tuple[Gap, ...] = ()) -> CacheClusters:
    return CacheClusters(ACCOUNT, some, REGIONS, gaps, AT)


def balancers(*some: LoadBalancer, gaps: tuple[Gap, ...] = ()) -> LoadBalancers:
    return LoadBalancers(ACCOUNT, some, REGIONS, gaps, AT)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """For the checks of what an account exposes: each branch of their texts."""
    many = tuple(rule(port) for port in (21, 22, 23, 135, 389, 445, 1433, 3306, 3389, 5432, 6379, 9200))
    classic = replace(SHOP, kind="classic", arn="")
    return {
        "exposure.aws-security-group-open": (
            (network(rule(22), rule(6379, "::/0"), rule(27017, "pl-1"), lists=(LIST,)),),
            (network(rule(0, protocol="-1", last=65535), interfaces=(BALANCER,)),),
            (network(*many, interfaces=(replace(CARD, reachable=()),)),),
            (network(rule(11211, protocol="udp"), interfaces=()),),
            (network(rule(3306), interfaces=(), gaps=(gap("ec2:DescribeNetworkInterfaces"),)),),
        ),
        "exposure.aws-snapshot-public": (
            *((snapshots(replace(SNAPSHOT, kind=kind)),) for kind in ("ebs", "rds", "rds-cluster")),
            (snapshots(replace(SNAPSHOT, name="", of="", made=None), blocked=REGIONS),),
        ),
        "exposure.aws-image-public": ((images(IMAGE, replace(IMAGE, name="")),),),
        "exposure.aws-database-public": (
            (rds(DATABASE), redshift(), network(rule(3306))),
            (rds(DATABASE), redshift(), network(rule(22))),
            (rds(replace(DATABASE, address="")), redshift(), DENIED),
            (rds(replace(DATABASE, kind="rds-cluster")), redshift(), network(rule(3306))),
            (rds(), redshift(replace(DATABASE, kind="redshift", engine="redshift")), network(rule(3306))),
        ),
        "exposure.aws-cluster-endpoint-public": ((eks(CLUSTER, replace(CLUSTER, name="b", private=True, cidrs=())),),),
        "exposure.aws-search-domain-public": (
            (search(DOMAIN),),
            (search(replace(DOMAIN, logins=True, https_only=True)),),
            (search(replace(DOMAIN, logins=True, anonymous=True, endpoint="")),),
        ),
        "exposure.aws-load-balancer-tls": (
            (balancers(SHOP),),
            (balancers(replace(SHOP, listeners=(PLAIN,))),),
            (balancers(replace(SHOP, kind="network", listeners=(replace(OLD, protocol="TLS"),))),),
            (balancers(classic),),
            (balancers(replace(classic, listeners=(PLAIN,))),),
            (balancers(replace(classic, listeners=(replace(OLD, policy="", versions=("SSLv3",)),))),),
        ),
        "exposure.aws-instance-metadata-v1": (
            (instances(MACHINE),),
            (instances(replace(MACHINE, name="", profile="", public_addresses=(), group="web")),),
        ),
        "exposure.aws-cache-plain": (
            (caches(CACHE),),
            (caches(replace(CACHE, optional=True, login=True)),),
            (caches(replace(CACHE, encrypted=True)),),
            (caches(replace(CACHE, kind="cluster")),),
            (caches(replace(CACHE, kind="cluster", engine="memcached")),),
        ),
    }
