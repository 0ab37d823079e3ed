from __future__ import annotations

from checks.exposure.kinds import Kind, by_kind
from posture.sdk import Iterator, Services, Severity, Verdict, WebSites, check

PROTOCOLS = {
    "zookeeper": Kind("zookeeper", "ZooKeeper", "read the state of the cluster, and change what has no access list"),
    # It gives away names and ports; what it leads to asks for the cluster's cookie, one secret for everything.
    "epmd": Kind("epmd", "Erlang's port mapper", "see which cluster nodes run here and on which ports", Severity.HIGH),
}
APPLICATIONS = {
    "etcd": Kind("etcd", "etcd", "read and change every key of the cluster, secrets included"),
    "consul": Kind("consul", "Consul", "read and change the cluster's services and settings"),
}


@check(
    "exposure.cluster-state-open",
    title="The state of a cluster can be read without a login",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:6.3",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4", "pci-dss@4.0.1:8.3.1",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def cluster_state_open(services: Services, web: WebSites) -> Iterator[Verdict]:
    """ZooKeeper, etcd, Consul or Erlang's port mapper tells strangers about the cluster it holds together.

    Who can change what these programs hold decides what the cluster's machines run. ZooKeeper is asked for the names
    below its root in a session without credentials, etcd and Consul for what they show over HTTP, the port mapper for
    its list of nodes. No value is read, nothing is changed. Erlang's port mapper has no login at all and gives away
    names and ports only: it is high, the others are critical.

    It passes when a login or a client certificate is asked for, also when ZooKeeper's root is closed by an access list:
    paths below it may be open all the same. It can be wrong when the service was seen from its own machine only: a
    firewall in front may stop everybody else. The finding then says so.
    """
    return by_kind(services, web, PROTOCOLS, APPLICATIONS, "a store of cluster state")
