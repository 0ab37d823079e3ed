from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import Evidence, Iterator, S3Buckets, Severity, Verdict, check, fail, not_applicable, passed

_JUDGED = ("s3:ListAllMyBuckets", "s3:GetBucketVersioning")
_NAMED = 20


@check(
    "mfa.aws-bucket-mfa-delete",
    title="Old versions of objects in S3 can be erased without a second factor",
    clause="4.2",
    severity=Severity.INFO,
    controls=(
        "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_bucket_mfa_delete(buckets: S3Buckets) -> Iterator[Verdict]:
    """Buckets that keep old versions let them be erased for good by whoever has a key that may; MFA delete is off.

    Versions are what is left when a key is stolen and everything is erased or overwritten. With MFA delete they go only
    with a code of the root user's device. Buckets that keep no versions are not judged, since it would protect nothing
    there. It is for information: one finding for all buckets.

    It is wrong where something else protects the versions: Object Lock, or a copy in an account of its own.
    """
    versioned = [bucket for bucket in buckets.buckets if bucket.versions and bucket.versions.kept]
    weak = [bucket.name for bucket in versioned if bucket.versions and not bucket.versions.mfa_delete]
    gaps = [gap for gap in buckets.gaps if gap.action in _JUDGED]
    if weak:
        yield fail(
            f"{count(len(weak), 'bucket')} that {'keeps' if len(weak) == 1 else 'keep'} versions without MFA delete: "
            f"{listed(weak)}",
            evidence=[Evidence("s3:GetBucketVersioning", f"MFADelete off: {listed(weak, _NAMED)}", buckets.observed)],
            buckets=tuple(weak[:_NAMED]),
            more=max(0, len(weak) - _NAMED),
        )
    yield from unseen(gaps)
    if weak or gaps:
        return
    if versioned:
        yield passed(f"MFA delete is on for {count(len(versioned), 'bucket')} that keep versions")
    else:
        yield not_applicable(f"None of {count(len(buckets.buckets), 'bucket')} keeps versions")
