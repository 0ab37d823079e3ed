from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    PublicCopy,
    PublicSnapshots,
    Severity,
    Verdict,
    check,
    fail,
    passed,
)

_WHAT = {"ebs": "disk", "rds": "database", "rds-cluster": "database cluster"}


@check(
    "exposure.aws-snapshot-public",
    title="A snapshot of a disk or database is public",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
    ),
)  # fmt: skip
def aws_snapshot_public(snapshots: PublicSnapshots) -> Iterator[Verdict]:
    """A snapshot of a disk (EBS), a database or a cluster (RDS, Aurora, DocumentDB) is shared with every AWS account.

    Whoever has an account makes a disk or a database of it and reads all that was on it, deleted files and passwords
    included. AWS is asked which of the account's own snapshots are public; the manual snapshots of databases are asked
    about one by one, but for encrypted ones, which cannot be public. It is low where the region blocks all sharing of
    disks: the permission is there, and works again when the block is lifted.

    It is wrong for what is meant for everybody, as a published data set is. Shared with single accounts is not judged.
    """
    for copy in snapshots.copies:
        yield _failure(copy, snapshots)
    yield from unseen(snapshots.gaps)
    if not snapshots.copies and not snapshots.gaps:
        asked = count(snapshots.databases, "unencrypted manual snapshot")
        yield passed(f"No snapshot of a disk is public, nor of {asked} of databases ({listed(snapshots.regions)})")


def _failure(copy: PublicCopy, snapshots: PublicSnapshots) -> Verdict:
    blocked = copy.kind == "ebs" and copy.region in snapshots.blocked
    made = f"{copy.made:%Y-%m-%d}" if copy.made else "unknown"
    of = copy.of or "unknown"
    what = _WHAT.get(copy.kind, "database")
    after = "; a block of the region holds it back now" if blocked else ""
    return fail(
        f"Snapshot {copy.id} of {what} {of} in {copy.region} is shared with every AWS account{after}",
        subject=f"{copy.region} {copy.id}",
        severity=Severity.LOW if blocked else None,
        evidence=[Evidence("AWS API", f"{copy.region} {copy.kind} {copy.id} of {of}, made {made}: public",
                           snapshots.observed)],
        problem=copy.kind,
        snapshot=copy.id,
        what=what,
        name=copy.name,
        region=copy.region,
        source=of,
        made=made,
        blocked=blocked,
    )  # fmt: skip
