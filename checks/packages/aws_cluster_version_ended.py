from __future__ import annotations

from checks.packages import aws_versions
from posture.sdk import ClusterLives, Iterator, Lives, Phase, Severity, Verdict, VersionLife, check, fail


@check(
    "packages.aws-cluster-version-ended",
    title="A Kubernetes cluster of AWS is of a version past its support",
    clause="4.1",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:2.2",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SA-22",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:12.3.4",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def aws_cluster_version_ended(clusters: ClusterLives) -> Iterator[Verdict]:
    """The version of Kubernetes of an EKS cluster is past its support.

    Past the extended support too it is high: nothing is mended, and AWS upgrades the control plane by force. In
    extended support, at several times the price, it is low. Judged by a table of AWS's dates that comes with the
    program, as of the day that the cluster was seen; a version that the table does not know is not assessed. The
    versions of nodes and add-ons are not judged.

    It is wrong where AWS has moved a date since the day of the table, which the finding names.
    """
    yield from aws_versions.judged(clusters, _failure, "EKS cluster")


def _failure(one: VersionLife, lives: Lives) -> Verdict:
    ended = one.phase is Phase.ENDED
    state = "gets no security updates" if ended else "is in extended support"
    return fail(
        f"Cluster {one.id} in {one.region} runs Kubernetes {one.version}, which {state}"
        f"{'' if ended else aws_versions.since(one)}",
        subject=f"{one.region}/{one.id}",
        severity=Severity.HIGH if ended else Severity.LOW,
        evidence=aws_versions.evidence(one, lives),
        name=one.id,
        region=one.region,
        kubernetes=one.version,
        ended=ended,
        since=str(one.standard or ""),
        until=str(one.ends or ""),
    )
