"""Policies as they are met at resources, from their text to what the check says of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.exposure.aws_bucket_public import aws_bucket_public
from checks.exposure.aws_function_public import aws_function_public
from checks.exposure.aws_function_url_open import aws_function_url_open
from checks.exposure.aws_key_policy_open import aws_key_policy_open
from checks.exposure.aws_queue_public import aws_queue_public
from checks.exposure.aws_registry_public import aws_registry_public
from checks.exposure.aws_secret_policy_open import aws_secret_policy_open
from posture.engine.aws.openings import openings
from posture.facts.aws.buckets import PublicAccessBlock, S3Bucket, S3Buckets
from posture.facts.aws.function_urls import FunctionUrl, FunctionUrls
from posture.facts.aws.resource_policies import ResourcePolicies, ResourcePolicy
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
OWN = "111122223333"
BUCKET = S3Bucket("shop", "eu-central-1", PublicAccessBlock(), (), None)
CHECKS = {
    "lambda-function": aws_function_public,
    "sqs-queue": aws_queue_public,
    "sns-topic": aws_queue_public,
    "kms-key": aws_key_policy_open,
    "ecr-repository": aws_registry_public,
    "secret": aws_secret_policy_open,
}


def to(principal: Any, *actions: str, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    statement = {"Sid": "s", "Effect": effect, "Principal": principal, "Action": list(actions), "Resource": "*"}
    return {**statement, **({"Condition": condition} if condition else {})}


def policies(kind: str, *statements: dict[str, Any]) -> ResourcePolicies:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    policy = ResourcePolicy(kind, "shop", "arn:aws:x", "eu-central-1", text)
    return ResourcePolicies(OWN, (policy,), (kind,), ("eu-central-1",), (), AT)


def judged(kind: str, *statements: dict[str, Any]) -> Verdict:
    said = policies(kind, *statements)
    if kind == "s3-bucket":
        buckets = S3Buckets((BUCKET,), (), PublicAccessBlock(), (), AT)
        (verdict,) = aws_bucket_public.judge(buckets, openings(said))
    else:
        (verdict,) = CHECKS[kind].judge(said, openings(said))
    assert isinstance(verdict, Verdict)
    return verdict


NAMED = {"StringEquals": {"aws:SourceOwner": OWN}}
OPEN = [
    ("s3-bucket", to("*", "s3:GetObject")),
    ("s3-bucket", to({"AWS": "*"}, "s3:GetObject", Bool={"aws:SecureTransport": "true"})),
    ("s3-bucket", to("*", "s3:GetObject", StringLike={"aws:Referer": "https://www.example.com/*"})),
    ("s3-bucket", to("*", "s3:GetObject", IpAddress={"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]})),
    ("sqs-queue", to("*", "sqs:SendMessage")),
    ("sns-topic", to({"AWS": "*"}, "SNS:Subscribe", StringEquals={"sns:Protocol": "https"})),
    ("kms-key", to({"AWS": "*"}, "kms:Decrypt")),
    ("ecr-repository", to("*", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")),
    ("ecr-repository", to("*", "ecr:BatchGetImage", StringLike={"aws:PrincipalOrgID": "*"})),
    ("secret", to({"AWS": "*"}, "secretsmanager:GetSecretValue")),
    ("lambda-function", to("*", "lambda:InvokeFunction")),
]
CLOSED = [
    ("s3-bucket", to("*", "s3:*", effect="Deny", Bool={"aws:SecureTransport": "false"})),
    ("s3-bucket", to("*", "s3:GetObject", IpAddress={"aws:SourceIp": "198.51.100.0/24"})),
    ("s3-bucket", to("*", "s3:GetObject", StringEquals={"aws:SourceVpce": "vpce-1a2b3c4d"})),
    ("s3-bucket", to({"AWS": "*"}, "*", StringEquals={"s3:DataAccessPointAccount": OWN})),
    (
        "s3-bucket",
        to(
            {"Service": "cloudfront.amazonaws.com"},
            "s3:GetObject",
            StringEquals={"AWS:SourceArn": f"arn:aws:cloudfront::{OWN}:distribution/E1"},
        ),
    ),
    ("sns-topic", to({"AWS": "*"}, "SNS:Publish", "SNS:Subscribe", **NAMED)),
    ("sqs-queue", to({"AWS": "*"}, "SQS:SendMessage", ArnLike={"aws:SourceArn": "arn:aws:s3:*:*:uploads"})),
    ("sqs-queue", to({"AWS": f"arn:aws:iam::{OWN}:root"}, "SQS:*")),
    (
        "kms-key",
        to({"AWS": "*"}, "kms:*", StringEquals={"kms:CallerAccount": OWN, "kms:ViaService": "ec2.x.amazonaws.com"}),
    ),
    ("ecr-repository", to("*", "ecr:BatchGetImage", StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"})),
    ("secret", to({"AWS": "arn:aws:iam::444455556666:root"}, "secretsmanager:GetSecretValue")),
    (
        "lambda-function",
        to({"Service": "s3.amazonaws.com"}, "lambda:InvokeFunction", StringEquals={"AWS:SourceAccount": OWN}),
    ),
]


@pytest.mark.parametrize(("kind", "statement"), OPEN)
def test_what_lets_everybody_in_is_found(kind: str, statement: dict[str, Any]):
    """A condition that anybody meets narrows nothing."""
    assert judged(kind, statement).outcome is Outcome.FAIL


@pytest.mark.parametrize(("kind", "statement"), CLOSED)
def test_what_only_looks_open_passes(kind: str, statement: dict[str, Any]):
    """As AWS's own consoles, and its documents, write policies."""
    assert judged(kind, statement).outcome is Outcome.PASS


def test_who_may_write_to_a_bucket_makes_it_critical():
    """By its policy."""
    assert judged("s3-bucket", to("*", "s3:GetObject")).severity is Severity.HIGH
    assert judged("s3-bucket", to("*", "s3:PutObject")).severity is Severity.CRITICAL


def test_the_two_statements_of_a_url_open_the_url_and_not_the_function():
    """As the console writes them: one finding, and it goes away with the URL."""
    said = policies(
        "lambda-function",
        to("*", "lambda:InvokeFunctionUrl", StringEquals={"lambda:FunctionUrlAuthType": "NONE"}),
        to("*", "lambda:InvokeFunction", Bool={"lambda:InvokedViaFunctionUrl": "true"}),
    )
    (called,) = aws_function_public.judge(said, openings(said))
    url = FunctionUrl("shop", "", "arn:aws:x", "eu-central-1", "https://a.example/", login=False)
    urls = FunctionUrls((url,), 1, ("eu-central-1",), (), AT)
    (opened,) = aws_function_url_open.judge(urls, openings(said))
    assert (called.outcome, opened.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert "answers everybody" in opened.summary


def test_a_policy_that_cannot_be_read_is_no_pass():
    """It is told which."""
    policy = ResourcePolicy("sqs-queue", "shop", "arn:aws:x", "eu-central-1", '{"Statement": [{"Effect": "Perhaps"}]}')
    said = ResourcePolicies(OWN, (policy,), ("sqs-queue",), ("eu-central-1",), (), AT)
    (verdict,) = aws_queue_public.judge(said, openings(said))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "sqs:GetQueueAttributes of shop" in verdict.summary
