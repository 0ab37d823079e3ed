"""What of an AWS account is open to everybody, and what only looks so."""

from dataclasses import replace
from typing import Any

import pytest
from typical_aws_resources import (
    BUCKET,
    NONE,
    POINT,
    READ,
    REGION,
    URL,
    WHOLE,
    buckets,
    everybody,
    gap,
    opening,
    openings,
    policies,
    urls,
)

from checks.exposure.aws_bucket_block_off import aws_bucket_block_off
from checks.exposure.aws_bucket_public import aws_bucket_public
from checks.exposure.aws_function_public import aws_function_public
from checks.exposure.aws_function_url_open import aws_function_url_open
from checks.exposure.aws_key_policy_open import aws_key_policy_open
from checks.exposure.aws_queue_public import aws_queue_public
from checks.exposure.aws_registry_public import aws_registry_public
from checks.exposure.aws_secret_policy_open import aws_secret_policy_open
from posture.facts.aws.buckets import AclGroup, BucketGrant, PublicAccessBlock
from posture.facts.aws.powers import Whom
from posture.model.severity import Severity
from posture.model.verdict import Outcome, Verdict
from posture.sdk import Check

BY_POLICY = opening("s3-bucket", BUCKET.name, "s3:getobject")
AT_POLICIES = {
    aws_function_public: ("lambda-function", "lambda:invokefunction", "lambda:GetPolicy"),
    aws_queue_public: ("sns-topic", "sns:publish", "sns:GetTopicAttributes"),
    aws_key_policy_open: ("kms-key", "kms:decrypt", "kms:GetKeyPolicy"),
    aws_registry_public: ("ecr-repository", "ecr:batchgetimage", "ecr:GetRepositoryPolicy"),
    aws_secret_policy_open: ("secret", "secretsmanager:getsecretvalue", "secretsmanager:GetResourcePolicy"),
}


def judged(check: Check, *facts: Any) -> list[Verdict]:
    return list(check.judge(*facts))


def outcomes(check: Check, *facts: Any) -> list[Outcome]:
    return [verdict.outcome for verdict in judged(check, *facts)]


@pytest.mark.parametrize("check", AT_POLICIES, ids=lambda check: check.id)
def test_a_policy_that_lets_everybody_in_fails_and_one_that_is_narrowed_passes(check: Check):
    """Another account, a limit to one network and a service are not everybody."""
    kind, action, _ = AT_POLICIES[check]
    assert outcomes(check, *everybody(kind, action)) == [Outcome.FAIL]
    for narrowed in ({"limits": ("aws:sourceip in 198.51.100.0/24",)}, {"whom": Whom.ACCOUNT}, {"whom": Whom.SERVICE}):
        assert outcomes(check, *everybody(kind, action, **narrowed)) == [Outcome.PASS]


@pytest.mark.parametrize("check", AT_POLICIES, ids=lambda check: check.id)
def test_a_refusal_counts_for_the_checks_that_needed_the_answer_alone(check: Check):
    """The permission is named by its own check; the others pass."""
    for other, (kind, _, action) in AT_POLICIES.items():
        (verdict,) = judged(check, policies(kind), openings(gaps=(gap(action),)))
        assert verdict.outcome is (Outcome.NOT_ASSESSED if other is check else Outcome.PASS)
        assert (action in verdict.summary) is (other is check)


@pytest.mark.parametrize("check", AT_POLICIES, ids=lambda check: check.id)
def test_a_condition_that_is_not_understood_is_no_pass(check: Check):
    """Whether everybody meets it is not known."""
    kind, action, _ = AT_POLICIES[check]
    (verdict,) = judged(check, *everybody(kind, action, unclear="aws:principaltag/team StringEquals shop"))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "aws:principaltag/team" in verdict.summary
    assert verdict.subject == f"{REGION} orders"


def test_one_finding_a_resource_with_all_that_is_open():
    """Three statements at one queue are one thing to mend."""
    first = opening("sqs-queue", "orders", "sqs:sendmessage", statement="one", writes=True)
    second = opening("sqs-queue", "orders", "sqs:receivemessage", statement="two")
    (verdict,) = judged(aws_queue_public, policies("sqs-queue"), openings(first, second))
    assert verdict.subject == f"queue {REGION} orders"
    assert dict(verdict.details)["statements"] == ("one", "two")
    assert "sqs:receivemessage" in verdict.summary


@pytest.mark.parametrize(
    ("check", "actions", "writes", "severity"),
    [
        (aws_key_policy_open, ("kms:decrypt",), False, Severity.HIGH),
        (aws_key_policy_open, ("kms:put*",), True, Severity.CRITICAL),
        (aws_key_policy_open, ("every action but kms:decrypt",), True, Severity.CRITICAL),
        (aws_registry_public, ("ecr:batchgetimage",), False, Severity.MEDIUM),
        (aws_registry_public, ("ecr:putimage",), True, Severity.CRITICAL),
    ],
)
def test_who_may_change_something_weighs_more(check: Check, actions: tuple[str, ...], writes: bool, severity: Severity):
    """To rule a key or to put a program in place is worse than to use them."""
    (verdict,) = judged(check, *everybody(AT_POLICIES[check][0], *actions, writes=writes))
    assert verdict.severity is severity


def test_a_bucket_is_public_by_policy_or_list_and_worse_where_anybody_writes():
    """Both ways are told in one finding."""
    (read,) = judged(aws_bucket_public, buckets(BUCKET), openings(BY_POLICY))
    assert (read.subject, read.severity) == (BUCKET.name, Severity.HIGH)
    (listed,) = judged(aws_bucket_public, buckets(replace(BUCKET, grants=(READ,))), openings(BY_POLICY))
    assert "its policy" in listed.summary and "list its objects" in listed.summary  # noqa: PT018  one sentence
    write = BucketGrant(AclGroup.ANY_ACCOUNT, "WRITE")
    (worst,) = judged(aws_bucket_public, buckets(replace(BUCKET, grants=(write,))), openings())
    assert worst.severity is Severity.CRITICAL
    assert "anybody with an AWS account" in worst.summary


@pytest.mark.parametrize("of_account", [True, False])
def test_what_is_blocked_is_not_public(of_account: bool):
    """The account's setting and the bucket's own do the same."""
    closed = replace(BUCKET, grants=(READ,), block=NONE if of_account else WHOLE)
    facts = buckets(closed, block=WHOLE if of_account else NONE), openings(BY_POLICY)
    assert outcomes(aws_bucket_public, *facts) == [Outcome.PASS]


def test_settings_that_only_refuse_new_ones_leave_a_bucket_public():
    """BlockPublicAcls and BlockPublicPolicy say nothing of what was set before."""
    late = PublicAccessBlock(refuse_acls=True, refuse_policies=True)
    by_list = buckets(replace(BUCKET, grants=(READ,), block=late), block=late)
    assert outcomes(aws_bucket_public, by_list, openings()) == [Outcome.FAIL]
    by_policy = buckets(replace(BUCKET, block=replace(late, ignore_acls=True)))
    assert outcomes(aws_bucket_public, by_policy, openings(BY_POLICY)) == [Outcome.FAIL]
    restricted = buckets(replace(BUCKET, block=PublicAccessBlock(restrict_policies=True), grants=(READ,)))
    (verdict,) = judged(aws_bucket_public, restricted, openings(BY_POLICY))
    assert "policy" not in verdict.summary


def test_a_public_policy_under_settings_that_were_not_told_is_not_assessed():
    """Neither an alarm nor a pass."""
    gaps = (gap("s3:GetAccountPublicAccessBlock"),)
    first, second = judged(aws_bucket_public, buckets(BUCKET, block=None, gaps=gaps), openings(BY_POLICY))
    assert (first.outcome, first.subject) == (Outcome.NOT_ASSESSED, BUCKET.name)
    assert "s3:GetAccountPublicAccessBlock" in second.summary


@pytest.mark.parametrize("action", ["s3:ListAllMyBuckets", "s3:GetBucketAcl", "s3:GetBucketPolicy"])
def test_a_refusal_about_buckets_leaves_no_pass_and_one_about_versions_does(action: str):
    """Versions are another check's."""
    own = () if action == "s3:GetBucketPolicy" else (gap(action),)
    facts = buckets(BUCKET, gaps=own), openings(gaps=() if own else (gap(action),))
    assert outcomes(aws_bucket_public, *facts) == [Outcome.NOT_ASSESSED]
    versions = buckets(BUCKET, gaps=(gap("s3:GetBucketVersioning"),))
    assert outcomes(aws_bucket_public, versions, openings(gaps=(gap("kms:GetKeyPolicy"),))) == [Outcome.PASS]


def test_an_access_point_opens_a_bucket_unless_it_or_the_bucket_blocks_that():
    """The strictest of account, bucket and access point counts."""
    door = openings(opening("s3-access-point", "door", "s3:getobject"))
    (verdict,) = judged(aws_bucket_public, buckets(BUCKET, points=(POINT,)), door)
    assert (verdict.outcome, verdict.subject) == (Outcome.FAIL, f"{REGION} door")
    for closed in (
        buckets(BUCKET, points=(replace(POINT, block=WHOLE),)),
        buckets(replace(BUCKET, block=WHOLE), points=(POINT,)),
    ):
        assert outcomes(aws_bucket_public, closed, door) == [Outcome.PASS]
    untold = buckets(BUCKET, points=(replace(POINT, block=None),))
    assert outcomes(aws_bucket_public, untold, door) == [Outcome.NOT_ASSESSED]


def test_the_block_of_the_account_weighs_by_what_is_without_one():
    """Information only, where each bucket has its own or where nothing can become public."""
    (low,) = judged(aws_bucket_block_off, buckets(BUCKET))
    assert (low.severity, dict(low.details)["bare"]) == (Severity.LOW, (BUCKET.name,))
    own = buckets(replace(BUCKET, block=WHOLE))
    late = buckets(BUCKET, block=PublicAccessBlock(ignore_acls=True, restrict_policies=True))
    assert [judged(aws_bucket_block_off, facts)[0].severity for facts in (own, late)] == [Severity.INFO] * 2
    unlisted = buckets(gaps=(gap("s3:ListAllMyBuckets"),))
    assert judged(aws_bucket_block_off, unlisted)[0].severity is Severity.LOW
    assert outcomes(aws_bucket_block_off, buckets(BUCKET, block=WHOLE)) == [Outcome.PASS]


def test_the_block_of_the_account_needs_one_permission_alone():
    """A refusal of it is not assessed, any other one is no matter."""
    denied = buckets(BUCKET, block=None, gaps=(gap("s3:GetAccountPublicAccessBlock"),))
    assert outcomes(aws_bucket_block_off, denied) == [Outcome.NOT_ASSESSED]
    assert outcomes(aws_bucket_block_off, buckets(block=WHOLE, gaps=(gap("s3:GetBucketAcl"),))) == [Outcome.PASS]


@pytest.mark.parametrize(
    ("opened", "gaps", "severity", "words"),
    [
        (("lambda:invokefunctionurl",), (), None, "answers everybody"),
        (("lambda:*",), (), None, "answers everybody"),
        (("every action but lambda:delete*, lambda:get*",), (), None, "answers everybody"),
        (("every action but lambda:invoke*",), (), Severity.INFO, "403"),
        (("lambda:invokefunction",), (), Severity.INFO, "403"),
        ((), (gap("lambda:GetPolicy", "invoice"),), None, "not told"),
    ],
)
def test_a_url_without_login_weighs_by_whom_the_policy_lets_in(
    opened: tuple[str, ...], gaps: tuple[Any, ...], severity: Severity | None, words: str
):
    """AWS answers 403 where the policy lets nobody use the URL."""
    every = [opening("lambda-function", "invoice", *opened)] if opened else []
    (verdict,) = judged(aws_function_url_open, urls(URL), openings(*every, gaps=gaps))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, severity)
    assert words in verdict.summary


def test_a_url_with_login_passes_and_a_refusal_does_not():
    """What was looked at is told."""
    (verdict,) = judged(aws_function_url_open, urls(replace(URL, login=True)), openings())
    assert verdict.outcome is Outcome.PASS
    assert REGION in verdict.summary
    denied = urls(gaps=(gap("lambda:ListFunctionUrlConfigs", "invoice"),))
    assert outcomes(aws_function_url_open, denied, openings()) == [Outcome.NOT_ASSESSED]


def test_what_opens_the_url_alone_is_told_by_the_finding_about_urls():
    """One thing to mend is one finding."""
    facts = everybody("lambda-function", "lambda:invokefunctionurl")
    assert outcomes(aws_function_public, *facts) == [Outcome.PASS]
