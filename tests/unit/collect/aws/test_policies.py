"""Policies at resources: on moto where it gives what AWS does, on answers of the documented shape elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_answers import Answers, Given
from aws_server import AwsServer, account_api

from posture.collect.aws.api import Api
from posture.collect.aws.asked import Asked
from posture.collect.aws.function_urls import read_function_urls
from posture.collect.aws.policies import read_policies
from posture.collect.leaks.detector import own_detector
from posture.engine.clock import utc_now
from posture.facts.aws.function_urls import FunctionUrls
from posture.facts.aws.gap import Why
from posture.facts.aws.resource_policies import ResourcePolicies

UNSET = Answers.refused("NoSuchPublicAccessBlockConfiguration", 404)
WHOLE = {
    "PublicAccessBlockConfiguration": dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
}
OPEN = {"PublicAccessBlockConfiguration": {}}
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:"
TEXT = json.dumps({"Statement": []})
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
POINT = {"Name": "door", "NetworkOrigin": "Internet", "Bucket": "shop", "AccessPointArn": "arn:aws:s3:::door"}
ACCOUNT: dict[str, Given] = {
    "s3control:GetPublicAccessBlock": UNSET,
    "s3control:ListAccessPoints": {"AccessPointList": [POINT]},
    "s3control:GetAccessPoint": OPEN,
    "s3control:GetAccessPointPolicy": {"Policy": TEXT},
    "s3:ListBuckets": {"Buckets": [{"Name": "shop", "BucketRegion": "us-east-1"}]},
    "s3:GetPublicAccessBlock": OPEN,
    "s3:GetBucketAcl": {"Owner": {"ID": "a1"}, "Grants": []},
    "s3:GetBucketVersioning": {},
    "s3:GetBucketPolicy": {"Policy": TEXT},
    "lambda:ListFunctions": {"Functions": [{"FunctionName": "f", "FunctionArn": f"{LAMBDA}f"}]},
    "lambda:ListFunctionUrlConfigs": {"FunctionUrlConfigs": []},
    "lambda:GetPolicy": {"Policy": TEXT},
    "ecr:DescribeRepositories": {"repositories": [{"repositoryName": "app", "repositoryArn": "arn:aws:ecr:app"}]},
    "ecr:GetRepositoryPolicy": {"policyText": TEXT},
    "sqs:ListQueues": {"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/111122223333/orders"]},
    "sqs:GetQueueAttributes": {"Attributes": {"Policy": TEXT}},
    "sns:ListTopics": {"Topics": [{"TopicArn": "arn:aws:sns:us-east-1:111122223333:news"}]},
    "sns:GetTopicAttributes": {"Attributes": {"Policy": TEXT}},
    "kms:ListKeys": {"Keys": [{"KeyId": KEY, "KeyArn": f"arn:aws:kms:{KEY}"}, {"KeyId": "of-aws", "KeyArn": "a"}]},
    "kms:ListAliases": {
        "Aliases": [
            {"AliasName": "alias/shop", "TargetKeyId": KEY},
            {"AliasName": "alias/aws/s3", "TargetKeyId": "of-aws"},
            {"AliasName": "alias/aws/ebs"},
        ]
    },
    "kms:GetKeyPolicy": {"Policy": TEXT},
    "secretsmanager:ListSecrets": {"SecretList": [{"ARN": "arn:aws:secretsmanager:db", "Name": "db"}]},
    "secretsmanager:GetResourcePolicy": {"ResourcePolicy": TEXT},
}
KINDS = {
    "s3-bucket": ("shop", "s3:GetBucketPolicy"),
    "s3-access-point": ("door", "s3:GetAccessPointPolicy"),
    "lambda-function": ("f", "lambda:GetPolicy"),
    "ecr-repository": ("app", "ecr:GetRepositoryPolicy"),
    "sqs-queue": ("orders", "sqs:GetQueueAttributes"),
    "sns-topic": ("news", "sns:GetTopicAttributes"),
    "kms-key": ("alias/shop", "kms:GetKeyPolicy"),
    "secret": ("db", "secretsmanager:GetResourcePolicy"),
}


def given(api: Api) -> Asked:
    return Asked(api, utc_now(), {}, own_detector(b"k" * 32))


def answers(**more: Given) -> Answers:
    return Answers({**ACCOUNT, **{name.replace("__", ":"): answer for name, answer in more.items()}})


def read(source: Answers) -> ResourcePolicies:
    fact = read_policies(given(source.api()))[ResourcePolicies]
    assert isinstance(fact, ResourcePolicies)
    return fact


def test_every_kind_of_resource_has_its_policy_read_once():
    """By its name for people; the keys that AWS manages are not asked about."""
    source = answers()
    fact = read(source)
    assert {one.kind: one.name for one in fact.policies} == {kind: name for kind, (name, _) in KINDS.items()}
    assert {one.document for one in fact.policies} == {TEXT}
    assert (set(fact.kinds), fact.regions, fact.gaps) == (set(KINDS), ("us-east-1",), ())
    arns = {one.kind: one.arn for one in fact.policies}
    assert arns["s3-bucket"] == "arn:aws:s3:::shop"
    assert arns["sqs-queue"] == "arn:aws:sqs:us-east-1:111122223333:orders"
    assert max(source.count(name) for name in ACCOUNT) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_each_refusal_leaves_the_other_kinds_whole(kind: str):
    """The permission is named, with what it was about."""
    name, action = KINDS[kind]
    operation = action.replace("s3:GetAccess", "s3control:GetAccess")
    fact = read(answers(**{operation.replace(":", "__"): Answers.refused()}))
    assert {one.kind for one in fact.policies} == set(KINDS) - {kind}
    assert [(gap.action, gap.about) for gap in fact.gaps] == [(action, KEY if kind == "kms-key" else name)]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("s3:GetBucketPolicy", "NoSuchBucketPolicy"),
        ("s3control:GetAccessPointPolicy", "NoSuchAccessPointPolicy"),
        ("lambda:GetPolicy", "ResourceNotFoundException"),
        ("ecr:GetRepositoryPolicy", "RepositoryPolicyNotFoundException"),
        ("sqs:GetQueueAttributes", "AWS.SimpleQueueService.NonExistentQueue"),
        ("sns:GetTopicAttributes", "NotFound"),
        ("kms:GetKeyPolicy", "NotFoundException"),
        ("secretsmanager:GetResourcePolicy", "ResourceNotFoundException"),
    ],
)
def test_a_resource_without_a_policy_is_no_gap(operation: str, code: str):
    """As the service says it."""
    fact = read(answers(**{operation.replace(":", "__"): Answers.refused(code, 404)}))
    assert (len(fact.policies), fact.gaps) == (len(KINDS) - 1, ())


@pytest.mark.parametrize(
    ("operation", "answer", "why"),
    [
        ("sqs:GetQueueAttributes", {"Attributes": {}}, None),
        ("secretsmanager:GetResourcePolicy", {"Name": "db"}, None),
        ("s3:GetBucketPolicy", {"Other": ""}, Why.FAULT),
        ("sns:GetTopicAttributes", {"Attributes": {}}, Why.FAULT),
        ("kms:GetKeyPolicy", {"Policy": 5}, Why.FAULT),
        ("secretsmanager:GetResourcePolicy", {"ResourcePolicy": "x" * 70_000}, Why.LIMIT),
    ],
)
def test_an_answer_without_a_policy_is_a_gap_where_there_always_is_one(operation: str, answer: Any, why: Why | None):
    """A queue and a secret may have none; what is too long to be one is not read."""
    fact = read(answers(**{operation.replace(":", "__"): answer}))
    assert len(fact.policies) == len(KINDS) - 1
    assert [gap.why for gap in fact.gaps] == ([why] if why else [])


def test_policies_of_buckets_that_s3_restricts_are_not_asked_for():
    """By the account's setting, the bucket's, or the access point's."""
    for more in ({"s3control__GetPublicAccessBlock": WHOLE}, {"s3__GetPublicAccessBlock": WHOLE}):
        source = answers(**more)
        assert {one.kind for one in read(source).policies} == set(KINDS) - {"s3-bucket", "s3-access-point"}
        assert source.count("s3:GetBucketPolicy") == source.count("s3control:GetAccessPointPolicy") == 0
    assert {one.kind for one in read(answers(s3control__GetAccessPoint=WHOLE)).policies} == set(KINDS) - {
        "s3-access-point"
    }


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3control:ListAccessPoints", "s3:ListAccessPoints"),
        ("lambda:ListFunctions", "lambda:ListFunctions"),
        ("ecr:DescribeRepositories", "ecr:DescribeRepositories"),
        ("sqs:ListQueues", "sqs:ListQueues"),
        ("sns:ListTopics", "sns:ListTopics"),
        ("kms:ListKeys", "kms:ListKeys"),
        ("secretsmanager:ListSecrets", "secretsmanager:ListSecrets"),
    ],
)
def test_a_list_that_is_refused_is_a_gap_of_its_kind_alone(operation: str, action: str):
    """What was not listed may have a policy."""
    assert [gap.action for gap in read(answers(**{operation.replace(":", "__"): Answers.refused()})).gaps] == [action]


def test_without_aliases_every_key_is_asked_about_and_the_gap_is_told():
    """Which keys are AWS's own is not known then."""
    fact = read(answers(kms__ListAliases=Answers.refused()))
    assert [one.name for one in fact.policies if one.kind == "kms-key"] == [KEY, "of-aws"]
    assert [gap.action for gap in fact.gaps] == ["kms:ListAliases"]


def test_more_than_is_read_of_a_kind_is_told():
    """Two thousand topics of a region are read."""
    topics = [{"TopicArn": f"arn:aws:sns:us-east-1:111122223333:t{number}"} for number in range(2_001)]
    fact = read(answers(sns__ListTopics={"Topics": topics}))
    assert sum(one.kind == "sns-topic" for one in fact.policies) == 2_000
    assert [(gap.action, gap.why) for gap in fact.gaps] == [("sns:ListTopics", Why.LIMIT)]


def test_a_url_of_an_alias_has_the_policy_of_the_alias_read():
    """A function's own policy says nothing of its aliases."""
    urls = [
        {"FunctionArn": f"{LAMBDA}f:live", "AuthType": "NONE", "FunctionUrl": "https://a.example/"},
        {"FunctionArn": f"{LAMBDA}f", "AuthType": "AWS_IAM", "FunctionUrl": "https://b.example/"},
        {"FunctionArn": f"{LAMBDA}f"},
    ]
    source = answers(lambda__ListFunctionUrlConfigs={"FunctionUrlConfigs": urls})
    context = given(source.api())
    fact = context.once(read_function_urls)[FunctionUrls]
    assert [(url.function, url.alias, url.login) for url in fact.urls] == [("f", "live", False), ("f", "", True)]
    assert [gap.why for gap in fact.gaps] == [Why.FAULT]
    policies = context.once(read_policies)[ResourcePolicies].policies
    assert [one.name for one in policies if one.kind == "lambda-function"] == ["f", "f:live"]
    qualifiers = [asked.get("Qualifier") for name, asked in source.asked if name == "lambda:GetPolicy"]
    assert sorted(map(str, qualifiers)) == ["None", "live"]
    assert source.count("lambda:ListFunctions") == 1


def test_the_calls_grow_with_what_is_there_and_no_faster(aws_server: AwsServer):
    """Of an account with ten buckets, four of a bucket and one for all."""
    number, client = "100000000401", aws_server.client
    policy = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}, indent=1
    )
    for index in range(10):
        client("s3", number).create_bucket(Bucket=f"calls-{index}")
    client("sqs", number).create_queue(QueueName="orders", Attributes={"Policy": policy})
    client("secretsmanager", number).create_secret(Name="db", SecretString="x")
    client("kms", number).create_key()
    api = account_api(number)
    aws_server.forget()
    fact = read_policies(given(api))[ResourcePolicies]
    assert {one.kind for one in fact.policies} == {"sqs-queue", "kms-key"}
    assert json.loads(next(one.document for one in fact.policies if one.kind == "sqs-queue")) == json.loads(policy)
    calls = aws_server.calls
    assert fact.gaps == ()
    assert calls["s3:GetBucketPolicy"] == calls["s3:GetBucketAcl"] == calls["s3:GetBucketVersioning"] == 10
    kinds = {"s3", "lambda", "ecr", "sqs", "sns", "kms", "secretsmanager", "sts"}
    own = sum(times for call, times in calls.items() if call.partition(":")[0] in kinds)
    assert own == 1 + 1 + 4 * 10 + 1 + 6 + 3 + 1  # two settings and lists, buckets, lists, policies
