from dataclasses import replace

from typical_aws_resources import BUCKET, buckets, gap

from checks.mfa.aws_bucket_mfa_delete import aws_bucket_mfa_delete
from posture.facts.aws.buckets import BucketVersions
from posture.model.verdict import Outcome

PLAIN = replace(BUCKET, name="logs", versions=BucketVersions(kept=False))
SAFE = replace(BUCKET, name="safe", versions=BucketVersions(kept=True, mfa_delete=True))


def test_all_buckets_with_versions_are_one_finding_and_those_without_are_not_judged():
    """The root user does it once for all of them."""
    (verdict,) = aws_bucket_mfa_delete.judge(buckets(BUCKET, PLAIN, SAFE, replace(BUCKET, name="second")))
    assert verdict.outcome is Outcome.FAIL
    assert dict(verdict.details)["buckets"] == (BUCKET.name, "second")
    outcomes = [[one.outcome for one in aws_bucket_mfa_delete.judge(buckets(bucket))] for bucket in (PLAIN, SAFE)]
    assert outcomes == [[Outcome.NOT_APPLICABLE], [Outcome.PASS]]


def test_buckets_that_were_not_told_leave_no_pass():
    """Of the permissions that this takes, and of no others."""
    untold = replace(SAFE, versions=None)
    (verdict,) = aws_bucket_mfa_delete.judge(buckets(untold, gaps=(gap("s3:GetBucketVersioning", "safe"),)))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "s3:GetBucketVersioning" in verdict.summary
    (verdict,) = aws_bucket_mfa_delete.judge(buckets(SAFE, gaps=(gap("s3:GetBucketAcl", "safe"),)))
    assert verdict.outcome is Outcome.PASS
