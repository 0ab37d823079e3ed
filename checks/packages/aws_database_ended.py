from __future__ import annotations

from checks.packages import aws_versions
from posture.sdk import DatabaseLives, Iterator, Lives, Phase, Severity, Verdict, VersionLife, check, fail


@check(
    "packages.aws-database-ended",
    title="A database or cache of AWS is of a version past its support",
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
def aws_database_ended(databases: DatabaseLives) -> Iterator[Verdict]:
    """A database of RDS, Aurora, DocumentDB or Neptune, a cache or a search domain is of a version past its support.

    Without security updates it is high. In extended support, in which AWS still mends critical flaws at extra cost, it
    is low. Of a cluster the cluster is the finding, not each instance. Judged by a table of AWS's dates (of SQL Server
    its maker's) that comes with the program, as of the day that the database was seen; versions that the table does not
    know, Oracle's among them, are not assessed.

    It is wrong where AWS has moved a date since the day of the table, which the finding names.
    """
    yield from aws_versions.judged(databases, _failure, "database, cache or search domain")


_ENGINES = {"replication-group": "cache-group", "cluster": "cache"}


def _failure(one: VersionLife, lives: Lives) -> Verdict:
    ended = one.phase is Phase.ENDED
    product = aws_versions.version(one)
    state = "gets no security updates" if ended else "gets security updates at extra cost alone"
    return fail(
        f"{one.id} in {one.region} runs {product}, which {state}{'' if ended else aws_versions.since(one)}",
        subject=f"{one.region}/{one.kind}/{one.id}",
        severity=Severity.HIGH if ended else Severity.LOW,
        evidence=aws_versions.evidence(one, lives),
        engine=_ENGINES.get(one.kind, one.kind),
        name=one.id,
        region=one.region,
        product=product,
        family=one.engine,
        ended=ended,
        since=str(one.standard or ""),
        until=str(one.ends or ""),
        disabled=one.support.endswith("-disabled"),
    )
