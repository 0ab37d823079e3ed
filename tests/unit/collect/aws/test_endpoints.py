"""Kubernetes clusters, search domains and load balancers of an account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.endpoints import read_eks, read_search_domains
from posture.collect.aws.load_balancers import read_load_balancers
from posture.facts.aws.endpoints import EksClusters, LoadBalancers, SearchDomains


def test_clusters():
    """Who may ask the endpoint, and its version; a cluster that went away meanwhile is no gap."""

    def cluster(params: Mapping[str, Any]) -> Mapping[str, Any]:
        if params["name"] == "gone":
            return Answers.refused("ResourceNotFoundException", 404)
        network = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
        policy = {"supportType": "EXTENDED"}
        return {"cluster": {"name": "shop", "version": "1.29", "resourcesVpcConfig": network, "upgradePolicy": policy}}

    given = {"eks:ListClusters": {"clusters": ["shop", "gone"]}, "eks:DescribeCluster": cluster}
    fact = read_eks(asked(Answers(given)))[EksClusters]
    (shop,) = fact.clusters
    assert (shop.version, shop.public, shop.cidrs, shop.support) == ("1.29", True, ("0.0.0.0/0",), "EXTENDED")
    assert fact.gaps == ()


def test_search_domains_on_the_server(aws_server: AwsServer):
    """A domain's place, its policy as it stands, and whether it asks for logins and HTTPS."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    client = aws_server.client("opensearch", "100000000441")
    client.create_domain(
        DomainName="shop", EngineVersion="OpenSearch_2.11", AccessPolicies=policy,
        DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
    )  # fmt: skip
    fact = read_search_domains(asked(account_api("100000000441")))[SearchDomains]
    (shop,) = fact.domains
    assert (shop.name, shop.version, shop.vpc, shop.policy) == ("shop", "OpenSearch_2.11", "", policy)
    assert shop.https_only
    assert not shop.logins
    assert fact.gaps == ()


def test_search_domains_are_asked_about_five_at_once():
    """Seven domains are two questions."""
    names = [{"DomainName": f"shop-{number}"} for number in range(7)]

    def some(params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"DomainStatusList": [{"DomainName": name} for name in params["DomainNames"]]}

    answers = Answers({"opensearch:ListDomainNames": {"DomainNames": names}, "opensearch:DescribeDomains": some})
    assert len(read_search_domains(asked(answers))[SearchDomains].domains) == 7
    assert answers.count("opensearch:DescribeDomains") == 2


def test_listeners_of_the_newer_kind():
    """A listener's TLS policy, and whether HTTP sends on to HTTPS or refuses."""
    one = {"LoadBalancerArn": "arn:1", "LoadBalancerName": "shop", "Scheme": "internet-facing", "Type": "application"}
    listeners = [
        {"Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08", "ListenerArn": "arn:l"},
        {"Port": 80, "Protocol": "HTTP", "DefaultActions": [{"Type": "redirect", "RedirectConfig": {
            "Protocol": "HTTPS", "StatusCode": "HTTP_301"}}]},
        {"Port": 81, "Protocol": "HTTP", "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "403"}}]},
    ]  # fmt: skip
    fact = read_load_balancers(
        asked(
            Answers(
                {
                    "elbv2:DescribeLoadBalancers": {"LoadBalancers": [one]},
                    "elbv2:DescribeListeners": {"Listeners": listeners},
                    "elb:DescribeLoadBalancers": {"LoadBalancerDescriptions": []},
                }
            )
        )
    )[LoadBalancers]
    (shop,) = fact.balancers
    assert shop.internet
    assert [(one.port, one.policy, one.redirects, one.refuses) for one in shop.listeners] == [
        (443, "ELBSecurityPolicy-2016-08", False, False),
        (80, "", True, False),
        (81, "", False, True),
    ]
    assert fact.gaps == ()


CLASSIC = {
    "elbv2:DescribeLoadBalancers": {"LoadBalancers": []},
    "elb:DescribeLoadBalancers": {
        "LoadBalancerDescriptions": [
            {
                "LoadBalancerName": "old", "Scheme": "internet-facing",
                "ListenerDescriptions": [
                    {"Listener": {"Protocol": "https", "LoadBalancerPort": 443}, "PolicyNames": ["sticky", "mine"]},
                    {"Listener": {"Protocol": "SSL", "LoadBalancerPort": 993}, "PolicyNames": ["theirs"]},
                ],
            }
        ]
    },
}  # fmt: skip


def test_listeners_of_the_classic_kind():
    """A custom policy is told by its versions, one that takes AWS's own by its name; one question a load balancer."""

    def policy(name: str, **attributes: str) -> dict[str, Any]:
        told = [{"AttributeName": key.replace("_", "-"), "AttributeValue": said} for key, said in attributes.items()]
        kind = "SSLNegotiationPolicyType"
        return {"PolicyName": name, "PolicyTypeName": kind, "PolicyAttributeDescriptions": told}

    policies = [
        {"PolicyName": "sticky", "PolicyTypeName": "LBCookieStickinessPolicyType"},
        policy("mine", **{"Protocol_TLSv1": "true", "Protocol_TLSv1.2": "true", "Protocol_SSLv3": "false"}),
        policy("theirs", Reference_Security_Policy="ELBSecurityPolicy-TLS-1-2-2017-01"),
    ]
    answers = Answers({**CLASSIC, "elb:DescribeLoadBalancerPolicies": {"PolicyDescriptions": policies}})
    (old,) = read_load_balancers(asked(answers))[LoadBalancers].balancers
    assert [(one.port, one.protocol, one.policy, one.versions) for one in old.listeners] == [
        (443, "HTTPS", "", ("TLSv1", "TLSv1.2")),
        (993, "SSL", "ELBSecurityPolicy-TLS-1-2-2017-01", ()),
    ]
    assert answers.count("elb:DescribeLoadBalancerPolicies") == 1


def test_policies_that_may_not_be_read_are_a_gap():
    """A load balancer whose TLS policies were not told is not taken for a modern one."""
    fact = read_load_balancers(asked(Answers(CLASSIC)))[LoadBalancers]
    assert not fact.balancers[0].complete
    assert [(gap.action, gap.about) for gap in fact.gaps] == [
        ("elasticloadbalancing:DescribeLoadBalancerPolicies", "old")
    ]
