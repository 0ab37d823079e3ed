from __future__ import annotations

from checks.aws import unseen
from checks.exposure.aws_world import Width, understood, width
from checks.wording import count, listed
from posture.sdk import (
    EksCluster,
    EksClusters,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "exposure.aws-cluster-endpoint-public",
    title="The API of a Kubernetes cluster (EKS) is open to the internet",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.4",
        "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.2",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def aws_cluster_endpoint_public(eks: EksClusters) -> Iterator[Verdict]:
    """The public endpoint of a cluster of EKS lets in as much of the internet as a /8 has, or more.

    The API still asks for a login of AWS; a stolen key or a flaw of the API is of use to everybody then. Judged are the
    endpoint's settings; no packet is sent. A public endpoint for named networks passes, as does a private one.

    It can be wrong where the cluster's administrators have no fixed address and no way into the VPC.
    """
    told = False
    for cluster in eks.clusters:
        strange = [cidr for cidr in cluster.cidrs if not understood(cidr)]
        wide = width(frozenset(cluster.cidrs))
        if cluster.public and (wide.wide or not cluster.cidrs):
            told = True
            yield _failure(cluster, wide, eks)
        elif cluster.public and strange:
            told = True
            yield not_assessed(f"Whom cluster {cluster.name} lets in is not understood: {listed(strange)}")
    yield from unseen(eks.gaps)
    if told or eks.gaps:
        return
    where = listed(eks.regions)
    if eks.clusters:
        yield passed(f"No endpoint of {count(len(eks.clusters), 'cluster')} is open to the internet ({where})")
    else:
        yield not_applicable(f"There is no cluster of EKS ({where})")


def _failure(cluster: EksCluster, wide: Width, eks: EksClusters) -> Verdict:
    who = wide.told if cluster.cidrs else "the whole internet"  # no list is 0.0.0.0/0 (EKS API, publicAccessCidrs)
    observed = f"{cluster.region} {cluster.name}: endpointPublicAccess for {', '.join(cluster.cidrs) or '0.0.0.0/0'}"
    return fail(
        f"The API of cluster {cluster.name} in {cluster.region} lets {who} in",
        subject=f"{cluster.region} {cluster.name}",
        evidence=[Evidence("eks:DescribeCluster", f"{observed}, as configured", eks.observed)],
        cluster=cluster.name,
        region=cluster.region,
        who=who,
        private=cluster.private,
    )
