"""Copies, databases, clusters, search domains, load balancers, machines and caches of an AWS account."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_aws_network import (
    CACHE,
    CLUSTER,
    DATABASE,
    DENIED,
    DOMAIN,
    IMAGE,
    MACHINE,
    OLD,
    PLAIN,
    REGIONS,
    SHOP,
    SNAPSHOT,
    balancers,
    caches,
    eks,
    gap,
    images,
    instances,
    network,
    rds,
    redshift,
    rule,
    search,
    snapshots,
)

from checks.exposure.aws_cache_plain import aws_cache_plain
from checks.exposure.aws_cluster_endpoint_public import aws_cluster_endpoint_public
from checks.exposure.aws_database_public import aws_database_public
from checks.exposure.aws_image_public import aws_image_public
from checks.exposure.aws_instance_metadata_v1 import aws_instance_metadata_v1
from checks.exposure.aws_load_balancer_tls import aws_load_balancer_tls
from checks.exposure.aws_search_domain_public import aws_search_domain_public
from checks.exposure.aws_snapshot_public import aws_snapshot_public
from checks.exposure.aws_tls_policies import outdated
from posture.sdk import Outcome, Severity

FAIL, PASS, UNKNOWN, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
INNER = replace(DATABASE, public=False)
MODERN = replace(OLD, policy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")


@pytest.mark.parametrize(
    ("snapshots", "outcome", "severity"),
    [
        (snapshots(SNAPSHOT), FAIL, None),
        (snapshots(SNAPSHOT, blocked=REGIONS), FAIL, Severity.LOW),
        (snapshots(replace(SNAPSHOT, kind="rds"), blocked=REGIONS), FAIL, None),
        (snapshots(), PASS, None),
        (snapshots(gaps=(gap("rds:DescribeDBSnapshots"),)), UNKNOWN, None),
    ],
)
def test_snapshots(only, snapshots, outcome, severity):
    """A public one fails; the block of disks holds no database back; what was not read is no pass."""
    verdict = only(aws_snapshot_public, snapshots)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_images(only):
    """A public image fails, none passes, not being told is neither."""
    assert only(aws_image_public, images(IMAGE)).outcome is FAIL
    assert only(aws_image_public, images()).outcome is PASS
    assert only(aws_image_public, images(gaps=(gap("ec2:DescribeImages"),))).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("network", "severity"),
    [
        (network(rule(3306)), None),
        (network(rule(3000, "0.0.0.0/1", "128.0.0.0/1", last=4000)), None),
        (network(rule(22)), Severity.LOW),
        (network(rule(3306, "198.51.100.0/24")), Severity.LOW),
        (network(rule(3306, "pl-1")), Severity.MEDIUM),
        (network(gaps=(gap("ec2:DescribeSecurityGroups", "eu-west-1"),)), Severity.LOW),
        (replace(network(), groups=()), Severity.MEDIUM),
        (DENIED, Severity.MEDIUM),
    ],
)
def test_databases(only, network, severity):
    """A public database is high where its groups let the internet in, low where not, medium where nobody knows."""
    verdict = only(aws_database_public, rds(DATABASE), redshift(), network)
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)


def test_groups_that_were_not_read_are_named(judged):
    """A public database whose groups may not be read is told, and with it the permission that would tell more."""
    unread = replace(network(gaps=(gap("ec2:DescribeSecurityGroups"), gap("ec2:DescribeRouteTables"))), groups=())
    failed, unseen = judged(aws_database_public, rds(DATABASE), redshift(), unread)
    assert failed.severity is Severity.MEDIUM
    assert "ec2:DescribeSecurityGroups" in unseen.summary
    assert "ec2:DescribeRouteTables" not in unseen.summary


def test_databases_that_are_not_public(only):
    """An inner database passes also where the groups are open; without any the question does not arise."""
    assert only(aws_database_public, rds(INNER), redshift(), network(rule(3306))).outcome is PASS
    assert only(aws_database_public, rds(), redshift(), DENIED).outcome is NONE
    missing = rds(INNER, gaps=(gap("rds:DescribeDBInstances"),))
    assert only(aws_database_public, missing, redshift(), network()).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("cluster", "outcome"),
    [
        (CLUSTER, FAIL),
        (replace(CLUSTER, cidrs=()), FAIL),
        (replace(CLUSTER, cidrs=("0.0.0.0/1", "128.0.0.0/1")), FAIL),
        (replace(CLUSTER, cidrs=("198.51.100.0/24",)), PASS),
        (replace(CLUSTER, cidrs=("everybody",)), UNKNOWN),
        (replace(CLUSTER, public=False), PASS),
    ],
)
def test_clusters(only, cluster, outcome):
    """A public endpoint for everybody fails, one for named networks passes; no list is everybody."""
    assert only(aws_cluster_endpoint_public, eks(cluster)).outcome is outcome


@pytest.mark.parametrize(
    ("domain", "outcome", "severity"),
    [
        (DOMAIN, FAIL, Severity.MEDIUM),
        (replace(DOMAIN, logins=True, https_only=True), FAIL, Severity.LOW),
        (replace(DOMAIN, logins=True, https_only=True, anonymous=True), FAIL, Severity.HIGH),
        (replace(DOMAIN, vpc="vpc-1"), PASS, None),
    ],
)
def test_search_domains(only, domain, outcome, severity):
    """An endpoint on the internet weighs by what guards it besides its policy."""
    verdict = only(aws_search_domain_public, search(domain))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


@pytest.mark.parametrize(
    ("listeners", "more", "outcome", "severity"),
    [
        ((OLD,), {}, FAIL, Severity.MEDIUM),
        ((OLD,), {"internet": False}, FAIL, Severity.LOW),
        ((replace(OLD, policy="", versions=("SSLv3", "TLSv1.2")),), {"kind": "classic"}, FAIL, Severity.HIGH),
        ((replace(OLD, policy="", versions=("TLSv1.2",)),), {"kind": "classic"}, PASS, None),
        ((MODERN,), {}, PASS, None),
        ((MODERN, PLAIN), {}, FAIL, Severity.LOW),
        ((PLAIN,), {"internet": False}, PASS, None),
        ((MODERN, replace(PLAIN, redirects=True)), {}, PASS, None),
        ((MODERN, replace(PLAIN, refuses=True)), {}, PASS, None),
        ((replace(PLAIN, protocol="TCP"),), {"kind": "network"}, PASS, None),
        ((replace(OLD, policy="ELBSecurityPolicy-of-next-year"),), {}, UNKNOWN, None),
    ],
)
def test_load_balancers(only, listeners, more, outcome, severity):
    """Outdated TLS fails, plain HTTP fails on the internet unless it is sent on or refused; a new name is not known."""
    verdict = only(aws_load_balancer_tls, balancers(replace(SHOP, listeners=listeners, **more)))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_policies_by_name():
    """The lowest version stands in the name of newer policies, whatever follows it."""
    assert outdated("ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04") == ("TLS 1.0", "TLS 1.1")
    assert outdated("ELBSecurityPolicy-TLS13-1-1-2021-06") == ("TLS 1.1",)
    assert outdated("ELBSecurityPolicy-TLS13-1-3-2021-06") == ()
    assert outdated("ELBSecurityPolicy-2016-08") == ("TLS 1.0", "TLS 1.1")
    assert outdated("") is None


@pytest.mark.parametrize(
    ("machine", "outcome", "severity"),
    [
        (MACHINE, FAIL, Severity.HIGH),
        (replace(MACHINE, public_addresses=()), FAIL, Severity.MEDIUM),
        (replace(MACHINE, profile=""), FAIL, Severity.LOW),
        (replace(MACHINE, metadata=False), PASS, None),
        (replace(MACHINE, metadata_tokens="required"), PASS, None),
        (replace(MACHINE, metadata_tokens=""), UNKNOWN, None),
    ],
)
def test_metadata(only, machine, outcome, severity):
    """What answers without a token weighs by the credentials behind it; off or with a token is in order."""
    verdict = only(aws_instance_metadata_v1, instances(machine))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


@pytest.mark.parametrize(
    ("cache", "lacks"),
    [
        (CACHE, ("TLS", "a login")),
        (replace(CACHE, encrypted=True), ("a login",)),
        (replace(CACHE, login=True), ("TLS",)),
        (replace(CACHE, engine="memcached"), ("TLS",)),
        (replace(CACHE, encrypted=True, login=True), None),
        (replace(CACHE, engine="memcached", encrypted=True), None),
    ],
)
def test_caches(only, cache, lacks):
    """TLS and a login are asked for; Memcached has no logins."""
    assert dict(only(aws_cache_plain, caches(cache)).details).get("lacks") == lacks


def test_nothing_there_is_not_applicable(only):
    """An account without the things in question has no finding and no pass."""
    for check, fact in (
        (aws_cluster_endpoint_public, eks()),
        (aws_search_domain_public, search()),
        (aws_load_balancer_tls, balancers()),
        (aws_instance_metadata_v1, instances()),
        (aws_cache_plain, caches()),
    ):
        assert only(check, fact).outcome is NONE


def test_what_was_not_read_is_no_pass(only):
    """Each says so with the permission."""
    missing = (gap("x:Y"),)
    for check, fact in (
        (aws_cluster_endpoint_public, eks(gaps=missing)),
        (aws_search_domain_public, search(gaps=missing)),
        (aws_load_balancer_tls, balancers(gaps=missing)),
        (aws_instance_metadata_v1, instances(replace(MACHINE, metadata=False), gaps=missing)),
        (aws_cache_plain, caches(gaps=missing)),
    ):
        verdict = only(check, fact)
        assert verdict.outcome is UNKNOWN
        assert "x:Y" in verdict.summary
