from __future__ import annotations

from checks.aws import unseen
from checks.aws_public import Public, doubtful, gaps_of, public
from checks.wording import count, listed
from posture.sdk import (
    AclGroup,
    AwsOpenings,
    Evidence,
    Iterator,
    S3AccessPoint,
    S3Bucket,
    S3Buckets,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

_WRITES = {"WRITE", "WRITE_ACP", "FULL_CONTROL"}
_MAY = {
    "READ": "list its objects",
    "WRITE": "put and erase objects",
    "READ_ACP": "read its access control list",
    "WRITE_ACP": "change its access control list",
    "FULL_CONTROL": "list, put and erase objects and change its access control list",
}


@check(
    "exposure.aws-bucket-public",
    title="An S3 bucket is open to everybody",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.3",
        "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:1.4.4",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
    ),
)  # fmt: skip
def aws_bucket_public(buckets: S3Buckets, openings: AwsOpenings) -> Iterator[Verdict]:
    """The policy, an access point or the access control list of a bucket lets anybody in, and nothing blocks that.

    Judged is what has an effect: a policy after its denials and conditions (one network, one organization or one VPC is
    not everybody), a list of access that counts (IgnorePublicAcls off), and the settings "Block Public Access" of the
    account, the bucket and the access point. It is critical where anybody may change or erase something. Where a block
    makes policy and list count for nothing they are not read.

    Not looked at are the objects: with access control lists in use, one may be public in a bucket that is not. Nor are
    Multi-Region Access Points, and access points of regions that are not read. It is wrong where a bucket is meant for
    everybody, as the files of a website are: accept it then, or put CloudFront in front of it and close it.
    """
    gaps = (
        *gaps_of(buckets.gaps, "s3:", "s3:GetBucketVersioning"),
        *gaps_of(openings.gaps, "s3:", "s3:GetBucketVersioning"),
    )
    by_policy = {one.name: one for one in public(openings.openings, "s3-bucket")}
    doubts = {
        one.subject.rsplit(" ", 1)[-1]: one for one in doubtful(openings.openings, "s3-bucket", by_policy.values())
    }
    verdicts = [
        verdict
        for bucket in buckets.buckets
        for verdict in _judged(bucket, buckets, by_policy.get(bucket.name), doubts.get(bucket.name), openings)
    ]
    verdicts += _points(buckets, openings)
    yield from verdicts
    yield from unseen(gaps)
    if not verdicts and not gaps:
        yield passed(_private(buckets))


def _private(buckets: S3Buckets) -> str:
    if buckets.block and buckets.block.effective:
        return f"The account's setting keeps all buckets private ({len(buckets.buckets)})"
    points = f" and {count(len(buckets.access_points), 'access point')}" if buckets.access_points else ""
    return f"None of {count(len(buckets.buckets), 'bucket')}{points} is open to everybody"


def _judged(
    bucket: S3Bucket, buckets: S3Buckets, policy: Public | None, doubt: Verdict | None, openings: AwsOpenings
) -> Iterator[Verdict]:
    if buckets.restricted(bucket.block):
        policy = doubt = None
    grants = () if buckets.ignored(bucket) else bucket.grants or ()
    if not policy and not grants:
        if doubt:
            yield doubt
        return
    if buckets.block is None or bucket.block is None:
        yield not_assessed(
            f"Policy or access control list of {bucket.name} lets everybody in; whether that is blocked was not told",
            subject=bucket.name,
        )
        return
    ways = [f"its policy allows anybody {policy.may}"] if policy else []
    ways += [
        f"its access control list lets {group.value} {listed(_MAY.get(one.permission, one.permission) for one in same)}"
        for group in AclGroup
        if (same := [one for one in grants if one.group is group])
    ]
    writes = bool(policy and policy.writes) or any(one.permission in _WRITES for one in grants)
    lists = "\n".join(f"{bucket.name}: access control list: {one.group.value}: {one.permission}" for one in grants)
    yield fail(
        f"Bucket {bucket.name} is open to everybody: {'; '.join(ways)}",
        subject=bucket.name,
        severity=Severity.CRITICAL if writes else Severity.HIGH,
        evidence=[
            *(policy.evidence(openings) if policy else ()),
            *([Evidence("S3 access control list", lists, buckets.observed)] if lists else ()),
        ],
        bucket=bucket.name,
        ways="; ".join(ways),
        point="",
        point_region="",
        policy=bool(policy),
        acl=bool(grants),
        writes=writes,
    )


def _points(buckets: S3Buckets, openings: AwsOpenings) -> Iterator[Verdict]:
    known = {point.arn: point for point in buckets.access_points}
    own = {bucket.name: bucket for bucket in buckets.buckets}
    found = public(openings.openings, "s3-access-point")
    for one in found:
        point = known.get(one.arn)
        if point and not buckets.restricted(point.block) and not _closed(own.get(point.bucket), buckets):
            yield _point(one, point, buckets, openings)
    yield from doubtful(openings.openings, "s3-access-point", found)


def _closed(bucket: S3Bucket | None, buckets: S3Buckets) -> bool:
    return bucket is not None and buckets.restricted(bucket.block)


def _point(one: Public, point: S3AccessPoint, buckets: S3Buckets, openings: AwsOpenings) -> Verdict:
    if buckets.block is None or point.block is None:
        return not_assessed(
            f"The policy of access point {point.name} lets everybody in; whether that is blocked was not told",
            subject=one.subject,
        )
    way = f"its access point {point.name} allows anybody {one.may}"
    return fail(
        f"Bucket {point.bucket} may be open to everybody: {way}, where the bucket's own policy leaves it to its points",
        subject=one.subject,
        severity=Severity.HIGH if one.writes else Severity.MEDIUM,
        evidence=one.evidence(openings),
        bucket=point.bucket,
        ways=way,
        point=point.name,
        point_region=point.region,
        policy=True,
        acl=False,
        writes=one.writes,
    )
