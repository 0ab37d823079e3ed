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
        "CIS-8.1/4.4", "CIS-8.1/4.8", "CIS-8.1/6.3",
        "ISO-27001:2022/A.8.20", "ISO-27001:2022/A.8.22", "ISO-27001:2022/A.8.5",
        "NIST-CSF-2.0/PR.IR-01", "NIST-CSF-2.0/PR.AA-03",
        "PCI-DSS-4.0.1/1.4.4", "PCI-DSS-4.0.1/2.2.4", "PCI-DSS-4.0.1/8.3.1",
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
