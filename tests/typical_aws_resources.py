"""Buckets, functions and the policies at resources of an AWS account, as a typical one has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from posture.facts.aws.buckets import (
    AclGroup,
    BucketGrant,
    BucketVersions,
    PublicAccessBlock,
    S3AccessPoint,
    S3Bucket,
    S3Buckets,
)
from posture.facts.aws.function_urls import FunctionUrl, FunctionUrls
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.powers import AwsOpenings, Opening, Whom
from posture.facts.aws.resource_policies import ResourcePolicies, ResourcePolicy

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
REGION = "eu-central-1"
NONE, WHOLE = PublicAccessBlock(), PublicAccessBlock(True, True, True, True)
READ = BucketGrant(AclGroup.ANYONE, "READ")
BUCKET = S3Bucket("shop-files", REGION, NONE, (), BucketVersions(kept=True))
POINT = S3AccessPoint("door", f"arn:aws:s3:{REGION}:111122223333:accesspoint/door", REGION, "shop-files", NONE)
FUNCTION = f"arn:aws:lambda:{REGION}:111122223333:function:invoice"
URL = FunctionUrl("invoice", "", FUNCTION, REGION, f"https://abc.lambda-url.{REGION}.on.aws/", login=False)
ARNS = {
    "s3-bucket": "arn:aws:s3:::{}",
    "s3-access-point": f"arn:aws:s3:{REGION}:111122223333:accesspoint/{{}}",
    "lambda-function": f"arn:aws:lambda:{REGION}:111122223333:function:{{}}",
}


def gap(action: str, about: str = "", region: str = "") -> Gap:
    return Gap(action, Why.DENIED, region, about)


def buckets(*every: S3Bucket, block: PublicAccessBlock | None = NONE, **more: Any) -> S3Buckets:
    points, gaps = more.get("points", ()), more.get("gaps", ())
    return S3Buckets(every, points, block, gaps, AT)


def opening(kind: str, name: str, *actions: str, **more: Any) -> Opening:
    arn = ARNS.get(kind, f"arn:aws:{kind}:{REGION}:111122223333:{{}}").format(name)
    return Opening(kind, name, arn, REGION, more.pop("whom", Whom.ANYONE), "*", actions, **more)


def openings(*every: Opening, gaps: tuple[Gap, ...] = ()) -> AwsOpenings:
    return AwsOpenings(every, (), gaps, AT)


def policies(*kinds: str) -> ResourcePolicies:
    every = tuple(ResourcePolicy(kind, "one", "arn:aws:x", REGION, "{}") for kind in kinds)
    return ResourcePolicies("111122223333", every, kinds, (REGION,), (), AT)


def urls(*every: FunctionUrl, gaps: tuple[Gap, ...] = ()) -> FunctionUrls:
    return FunctionUrls(every, 3, (REGION,), gaps, AT)


def everybody(kind: str, *actions: str, **more: Any) -> tuple[ResourcePolicies, AwsOpenings]:
    """A policy that lets everybody in."""
    return policies(kind), openings(opening(kind, "orders", *actions, **more))


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Facts on which the checks fail, one set for each branch of their texts."""
    calls = opening("lambda-function", "invoice", "lambda:invokefunctionurl", statement="everybody")
    return {
        "exposure.aws-bucket-public": (
            (buckets(BUCKET), openings(opening("s3-bucket", BUCKET.name, "s3:getobject"))),
            (buckets(replace(BUCKET, grants=(READ, BucketGrant(AclGroup.ANY_ACCOUNT, "WRITE")))), openings()),
            (
                buckets(BUCKET, points=(POINT,)),
                openings(opening("s3-access-point", "door", "s3:putobject", writes=True)),
            ),
        ),
        "exposure.aws-bucket-block-off": (
            (buckets(*(replace(BUCKET, name=f"b{number}") for number in range(25))),),
            (buckets(block=replace(NONE, ignore_acls=True)),),
        ),
        "exposure.aws-function-public": (
            everybody("lambda-function", "lambda:invokefunction", statement="all"),
            everybody("lambda-function", "lambda:*", writes=True),
        ),
        "exposure.aws-function-url-open": (
            (urls(URL), openings(calls)),
            (urls(replace(URL, alias="live")), openings()),
        ),
        "exposure.aws-queue-public": (
            everybody("sqs-queue", "sqs:sendmessage", statement="all", writes=True),
            everybody("sqs-queue", "sqs:*", writes=True),
            everybody("sns-topic", "sns:publish", statement="all", writes=True),
            everybody("sns-topic", "sns:publish", writes=True),
        ),
        "exposure.aws-key-policy-open": (everybody("kms-key", "kms:decrypt"), everybody("kms-key", "kms:*")),
        "exposure.aws-registry-public": (
            everybody("ecr-repository", "ecr:batchgetimage"),
            everybody("ecr-repository", "ecr:putimage", writes=True),
        ),
        "exposure.aws-secret-policy-open": (everybody("secret", "secretsmanager:getsecretvalue"),),
        "mfa.aws-bucket-mfa-delete": (
            (buckets(BUCKET),),
            (buckets(*(replace(BUCKET, name=f"b{number}") for number in range(25))),),
        ),
    }
