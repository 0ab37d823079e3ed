"""What of an AWS account answers to names of its own: Kubernetes, search domains, load balancers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class EksCluster:
    """A Kubernetes cluster. `version` is of Kubernetes (``1.31``); `cidrs` are let in to the public endpoint.

    `support` is what AWS does when the version's standard support ends: ``EXTENDED`` or ``STANDARD``.
    """

    name: str
    arn: str
    region: str
    version: str
    public: bool
    private: bool
    cidrs: tuple[str, ...] = ()
    support: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class EksClusters:
    """All of them; `gaps` are of eks:ListClusters and eks:DescribeCluster."""

    account: str
    clusters: tuple[EksCluster, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class SearchDomain:
    """A domain of OpenSearch or Elasticsearch. `version` is AWS's word: ``OpenSearch_2.11``, ``Elasticsearch_7.10``.

    `vpc` is empty where its endpoint is on the internet. `logins`: fine-grained access control is on; `anonymous`: it
    lets in who has no login all the same. `policy` is its access policy as JSON, empty where it has none; whom it lets
    in is concluded elsewhere (AwsOpenings, kind ``opensearch-domain``).
    """

    name: str
    arn: str
    region: str
    version: str
    vpc: str
    endpoint: str = ""
    policy: str = ""
    logins: bool = False
    anonymous: bool = False
    https_only: bool = False
    tls_policy: str = ""


@dataclass(frozen=True, slots=True)
class SearchDomains:
    """All of them; `gaps` are of es:ListDomainNames and es:DescribeDomains."""

    account: str
    domains: tuple[SearchDomain, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime


@dataclass(frozen=True, slots=True)
class Listener:
    """A port of a load balancer. `protocol` is AWS's: HTTP, HTTPS, TCP, TLS, UDP, SSL...

    `policy` is the name of its TLS policy; `versions` what that accepts where AWS told it (classic load balancers:
    ``Protocol-TLSv1``). `redirects`: what no rule takes is sent to HTTPS; `refuses`: it is answered with an error.
    """

    port: int
    protocol: str
    arn: str = ""
    policy: str = ""
    versions: tuple[str, ...] = ()
    redirects: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer. `kind` is ``application``, ``network``, ``gateway`` or ``classic``.

    `internet`: its name leads to public addresses. `complete` is false where its listeners, or what their TLS policies
    mean, were not told; then there is a gap.
    """

    kind: str
    name: str
    arn: str
    region: str
    internet: bool
    listeners: tuple[Listener, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class LoadBalancers:
    """All of both generations.

    `gaps` are of elasticloadbalancing:DescribeLoadBalancers, DescribeListeners and DescribeLoadBalancerPolicies.
    """

    account: str
    balancers: tuple[LoadBalancer, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
