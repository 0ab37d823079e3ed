"""Kubernetes clusters and search domains of an AWS account, in all regions.

Sources: Amazon EKS API Reference, Cluster and VpcConfigResponse; Amazon OpenSearch Service API Reference, DomainStatus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, arn, flag, items, text, texts
from posture.collect.aws.regional import listed
from posture.facts.aws.endpoints import EksCluster, EksClusters, SearchDomain, SearchDomains
from posture.facts.aws.gap import Gap, Why
from posture.facts.factset import Facts

_AT_ONCE = 5  # domains that DescribeDomains tells of in one answer
LONGEST_POLICY = 65_536  # characters; AWS takes at most 100 KiB with the whole configuration


def read_eks(asked: Asked) -> Facts:
    """`EksClusters`."""

    def names(region: str) -> tuple[str, Listing]:
        return region, asked.api.listing(Call("eks", "ListClusters", region=region), "clusters")

    answers, gaps = asked.api.in_regions(names)
    places = [(region, str(name)) for region, listing in answers for name in listing.items]

    def cluster(place: tuple[str, str]) -> EksCluster | None:
        region, name = place
        call = Call("eks", "DescribeCluster", {"name": name}, region, name, ("ResourceNotFoundException",))
        return _cluster(asked.api.ask(call), region)

    found, more = asked.api.each(cluster, places)
    every = (*gaps, *(gap for _, listing in answers for gap in listing.gaps), *more)
    clusters = tuple(one for one in found if one is not None)
    return {EksClusters: EksClusters(asked.api.account, clusters, asked.api.regions, every, asked.at)}


def _cluster(answer: Item, region: str) -> EksCluster | None:
    one = answer.get("cluster")
    if not isinstance(one, Mapping):
        return None  # deleted meanwhile
    network = "resourcesVpcConfig"
    return EksCluster(
        name=text(one, "name"),
        arn=arn(one, "arn"),
        region=region,
        version=text(one, "version"),
        public=flag(one, network, "endpointPublicAccess"),
        private=flag(one, network, "endpointPrivateAccess"),
        cidrs=texts(one, network, "publicAccessCidrs"),
        support=text(one, "upgradePolicy", "supportType"),
        state=text(one, "status"),
    )


def read_search_domains(asked: Asked) -> Facts:
    """`SearchDomains`, with their access policies: who needs those asks ``asked.once(read_search_domains)``."""
    told = listed(asked, Call("opensearch", "ListDomainNames"), "DomainNames")
    names: dict[str, list[str]] = {}
    for region, one in told.items:
        names.setdefault(region, []).append(text(one, "DomainName"))
    groups = [(region, some[at : at + _AT_ONCE]) for region, some in names.items() for at in range(0, len(some), 5)]

    def domains(place: tuple[str, list[str]]) -> tuple[str, list[Item]]:
        region, some = place
        answer = asked.api.ask(Call("opensearch", "DescribeDomains", {"DomainNames": some}, region, ", ".join(some)))
        return region, [one for one in items(answer, "DomainStatusList") if not flag(one, "Deleted")]

    answers, more = asked.api.each(domains, groups)
    every = [(region, one) for region, some in answers for one in some]
    found = tuple(_domain(one, region) for region, one in every)
    gaps = (*told.gaps, *more, *_long(every))
    return {SearchDomains: SearchDomains(asked.api.account, found, asked.api.regions, gaps, asked.at)}


def _long(domains: list[tuple[str, Item]]) -> Iterator[Gap]:
    for region, one in domains:
        if len(str(one.get("AccessPolicies") or "")) > LONGEST_POLICY:
            yield Call("opensearch", "DescribeDomains", region=region, about=text(one, "DomainName")).gap(Why.LIMIT)


def _domain(one: Item, region: str) -> SearchDomain:
    policy = one.get("AccessPolicies")
    endpoints = one.get("Endpoints")
    inner = next((name for name in endpoints.values() if name), "") if isinstance(endpoints, Mapping) else ""
    return SearchDomain(
        name=text(one, "DomainName"),
        arn=arn(one, "ARN"),
        region=region,
        version=text(one, "EngineVersion"),
        vpc=text(one, "VPCOptions", "VPCId"),
        endpoint=text(one, "Endpoint") or text({"name": inner}, "name"),
        policy=policy if isinstance(policy, str) and len(policy) <= LONGEST_POLICY else "",
        logins=flag(one, "AdvancedSecurityOptions", "Enabled"),
        anonymous=flag(one, "AdvancedSecurityOptions", "AnonymousAuthEnabled"),
        https_only=flag(one, "DomainEndpointOptions", "EnforceHTTPS"),
        tls_policy=text(one, "DomainEndpointOptions", "TLSSecurityPolicy"),
    )
