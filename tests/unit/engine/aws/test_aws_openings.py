from __future__ import annotations

from dataclasses import replace

import pytest
from aws_policies import ACCOUNT, AT, OWN, STRANGER, account, policy, role, trust

from posture.engine.aws.openings import openings, trusts
from posture.facts.aws.powers import Opening, Whom
from posture.facts.aws.resource_policies import ResourcePolicies, ResourcePolicy

BUCKET = "arn:aws:s3:::b"
GITHUB = f"{OWN}:oidc-provider/token.actions.githubusercontent.com"


def said(*statements: dict, kind: str = "s3-bucket") -> tuple[Opening, ...]:
    one = ResourcePolicy(kind, "b", BUCKET, "eu-west-1", policy(*statements))
    return openings(ResourcePolicies(ACCOUNT, (one,), (kind,), ("eu-west-1",), (), AT)).openings


def to(principal: object, action: object = "s3:GetObject", effect: str = "Allow", **condition: dict) -> dict:
    made = {"Effect": effect, "Principal": principal, "Action": action, "Resource": f"{BUCKET}/*"}
    return {**made, "Condition": condition} if condition else made


DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
PUBLIC = {
    "star": [to("*")],
    "aws-star": [to({"AWS": "*"})],
    "list": [to({"AWS": [f"{OWN}:root", "*"]})],
    "not-principal": [{"Effect": "Allow", "NotPrincipal": {"AWS": f"{OWN}:root"}, "Action": "s3:*", "Resource": "*"}],
    "any-organization": [to("*", StringLike={"aws:PrincipalOrgID": "*"})],
    "organization-if-exists": [to("*", StringEqualsIfExists={"aws:PrincipalOrgID": "o-abcdefghij"})],
    "two-halves": [to("*", IpAddress={"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]})],
    "all-addresses": [to("*", IpAddress={"aws:SourceIp": "0.0.0.0/0"})],
    "all-ipv6": [to("*", IpAddress={"aws:SourceIp": "::/0"})],
    "not-one-address": [to("*", NotIpAddress={"aws:SourceIp": "198.51.100.7/32"})],
    "https-only": [to("*", Bool={"aws:SecureTransport": "true"})],
    "agent": [to("*", StringEquals={"aws:UserAgent": "secret"})],
    "referer": [to("*", StringLike={"aws:Referer": "https://shop.example/*"})],
    "any-endpoint": [to("*", StringLike={"aws:SourceVpce": "vpce-*"})],
    "any-arn": [to("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/*"})],
    "a-name-in-any-account": [to("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"})],
    "a-name-in-any-account-is-spared": [
        to("*"),
        {**DENY, "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}},
    ],
    "a-tag-that-everybody-can-give-to-himself": [to("*", StringEquals={"aws:PrincipalTag/team": "shop"})],
    "topics-of-any-account": [to("*", ArnLike={"aws:SourceArn": "arn:aws:sns:*:*:*"})],
    "a-topic-of-that-name-of-any-account": [to("*", ArnLike={"aws:SourceArn": "arn:aws:sns:eu-west-1:*:orders"})],
    "all-values-of-nothing": [to("*", **{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ["o-abcdefghij"]}})],
    "without-https-denied": [to("*"), {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}],
    "something-else-denied": [to("*"), {**DENY, "Action": "s3:PutObject"}],
    "elsewhere-denied": [to("*"), {**DENY, "Resource": f"{BUCKET}/private/*"}],
    "not-that-account": [to("*", StringNotEquals={"aws:PrincipalAccount": STRANGER})],
}
LIMITED = {
    "organization": [to("*", StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"})],
    "organization-small": [to("*", StringEquals={"AWS:principalorgid": "o-abcdefghij"})],
    "addresses": [to("*", IpAddress={"aws:SourceIp": ["198.51.100.0/24", "203.0.113.9"]})],
    "own-addresses": [to("*", IpAddress={"aws:SourceIp": "10.0.0.0/8"})],
    "endpoint": [to("*", StringEquals={"aws:SourceVpce": "vpce-1234"})],
    "network": [to("*", StringEquals={"aws:SourceVpc": "vpc-1234"})],
    "source": [to("*", ArnLike={"aws:SourceArn": "arn:aws:sns:*:123456789012:topic"})],
    "source-bucket": [to("*", ArnLike={"aws:SourceArn": "arn:aws:s3:*:*:shop-uploads"})],
    "source-any-region": [to("*", ArnLike={"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/*"})],
    "a-role-that-only-a-service-has": [
        to("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/aws-service-role/x.amazonaws.com/*"}),
    ],
    "source-account": [to("*", StringEquals={"aws:SourceAccount": ACCOUNT})],
    "owner": [to("*", StringEquals={"AWS:SourceOwner": ACCOUNT})],
    "account": [to({"AWS": "*"}, StringEquals={"aws:PrincipalAccount": ACCOUNT})],
    "roles": [to("*", ArnLike={"aws:PrincipalArn": f"{OWN}:role/*"})],
    "service": [to("*", Bool={"aws:PrincipalIsAWSService": "true"})],
    "both": [to("*", StringLike={"aws:PrincipalOrgID": "*"}, IpAddress={"aws:SourceIp": "198.51.100.7"})],
    "others-denied": [to("*"), {**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}],
    "other-addresses-denied": [
        to("*"), {**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}],
    "expired": [to("*", DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"})],
}  # fmt: skip
CLOSED = {
    "denied": [to("*"), DENY],
    "others-denied-by-not-principal": [
        to("*"), {"Effect": "Deny", "NotPrincipal": {"AWS": f"{OWN}:root"}, "Action": "*", "Resource": "*"}],
    "own-account": [to({"AWS": f"{OWN}:root"}), to({"AWS": ACCOUNT}), to({"AWS": f"{OWN}:role/app"})],
    "gone": [to({"AWS": "AIDAEXAMPLEOFAUSER123"})],
    "denial-alone": [DENY],
}  # fmt: skip


@pytest.mark.parametrize("statements", PUBLIC.values(), ids=PUBLIC)
def test_public(statements):
    """Anyone is let in, whatever the policy looks like."""
    (one,) = [one for one in said(*statements) if one.whom is Whom.ANYONE]
    assert not one.limits
    assert not one.unclear


@pytest.mark.parametrize("statements", LIMITED.values(), ids=LIMITED)
def test_limited(statements):
    """Anyone is named, and a condition keeps strangers out: it is told in words."""
    (one,) = said(*statements)
    assert one.whom is Whom.ANYONE
    assert one.limits


@pytest.mark.parametrize("statements", CLOSED.values(), ids=CLOSED)
def test_closed(statements):
    """Nobody from outside is let in."""
    assert said(*statements) == ()


def test_what_cannot_be_judged_is_told():
    """A condition on a tag of the object may hold for any of them."""
    (one,) = said(to("*", StringEquals={"s3:ExistingObjectTag/public": "yes"}))
    assert not one.limits
    assert "existingobjecttag" in one.unclear


def test_a_part_that_is_denied_is_left_out():
    """What remains is told with whether it writes."""
    (one,) = said(to("*", ["s3:GetObject", "s3:PutObject"]), {**DENY, "Action": "s3:Put*"})
    assert (one.actions, one.writes) == (("s3:getobject",), False)
    assert said(to("*", "s3:*"))[0].writes


def test_accounts_and_services():
    """Another account, and a service that acts for anybody's resources."""
    other, service = said(to({"AWS": STRANGER, "Service": "sns.amazonaws.com"}))
    assert (other.whom, other.who) == (Whom.ACCOUNT, STRANGER)
    assert (service.whom, service.who, service.limits) == (Whom.SERVICE, "sns.amazonaws.com", ())
    (service,) = said(to({"Service": "sns.amazonaws.com"}, StringEquals={"aws:SourceAccount": ACCOUNT}))
    assert service.limits
    (other,) = said(to({"AWS": STRANGER}, StringEquals={"aws:PrincipalOrgID": "o-abcdefghij"}))
    assert "principalorgid" in other.unclear
    assert said(to({"AWS": f"arn:aws:iam::{STRANGER}:root"}), {**DENY, "Principal": {"AWS": STRANGER}}) == ()


def test_a_policy_that_is_not_understood_is_a_gap():
    """Of the permission that reads it, so that exactly its checks say so."""
    one = ResourcePolicy("sqs-queue", "q", "arn:aws:sqs:eu-west-1:123456789012:q", "eu-west-1", "{")
    found = openings(ResourcePolicies(ACCOUNT, (one,), ("sqs-queue",), ("eu-west-1",), (), AT))
    assert [(gap.action, gap.region, gap.about) for gap in found.gaps] == [("sqs:GetQueueAttributes", "eu-west-1", "q")]
    assert found.judged == (("sqs-queue", 1),)


def of_trust(text: str) -> tuple[Opening, ...]:
    return trusts(account(role("r", text))).openings


def federated(**condition: dict) -> Opening:
    (one,) = of_trust(trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition=condition))
    return one


SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"
JOB = "token.actions.githubusercontent.com:job_workflow_ref"
SUBJECTS = {
    "none": ({"StringEquals": {AUD: "sts.amazonaws.com"}}, False),
    "any-repository": ({"StringLike": {SUB: "repo:*"}}, False),
    "any-main": ({"StringLike": {SUB: "repo:*:ref:refs/heads/main"}}, False),
    "star": ({"StringLike": {SUB: "*"}}, False),
    "if-exists": ({"StringLikeIfExists": {SUB: "repo:acme/*"}}, True),
    "only-not": ({"StringNotLike": {SUB: "repo:evil/*"}}, False),
    "all-values": ({"ForAllValues:StringLike": {SUB: "repo:acme/*"}}, True),
    "organization": ({"StringLike": {SUB: "repo:acme/*"}}, True),
    "branch": ({"StringEquals": {SUB: "repo:acme/app:ref:refs/heads/main"}}, True),
    "owner": ({"StringEquals": {"token.actions.githubusercontent.com:repository_owner_id": "7"}}, True),
    "begins-like": ({"StringLike": {SUB: "repo:acme*"}}, False),
    "ends-like": ({"StringLike": {SUB: "*acme/app:*"}}, False),
    "one-letter-any": ({"StringLike": {SUB: "repo:acm?/app:*"}}, False),
    "repository-of-anybody": ({"StringLike": {SUB: "repo:*/infra:*"}}, False),
    "environment-of-anybody": ({"StringLike": {SUB: "*:environment:live"}}, False),
    "one-of-two": ({"StringLike": {SUB: ["repo:acme/*", "repo:acme*"]}}, False),
    "equals-a-star": ({"StringEquals": {SUB: "repo:acme*"}}, True),
    "owner-in-the-subject": ({"StringLike": {SUB: "repository_owner:acme:*"}}, True),
    "workflow": ({"StringLike": {JOB: "acme/ci/.github/workflows/deploy.yml@*"}}, True),
    "workflow-of-anybody": ({"StringLike": {JOB: "*/deploy.yml@refs/heads/main"}}, False),
    "a-branch": ({"StringEquals": {"token.actions.githubusercontent.com:ref": "refs/heads/live"}}, False),
    "other-provider": ({"StringEquals": {"gitlab.com:sub": "project_path:acme/app:ref_type:branch:ref:main"}}, False),
}


@pytest.mark.parametrize(("condition", "checked"), SUBJECTS.values(), ids=SUBJECTS)
def test_subjects_of_github(condition, checked):
    """Whose workflows are meant must be in the condition, not who runs GitHub."""
    one = federated(**condition)
    assert (one.whom, one.subject_checked) == (Whom.FEDERATED, checked)


def test_saml_tells_itself_who_has_a_role():
    """The provider is the customer's own."""
    text = trust({"Federated": f"{OWN}:saml-provider/idp"}, "sts:AssumeRoleWithSAML")
    assert [one.subject_checked for one in of_trust(text)] == [True]


def test_third_parties():
    """Another account with an external id or without; a wildcard is none."""
    stranger = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    for condition, asked in (
        ({}, False),
        ({"StringEquals": {"sts:ExternalId": "5f1c"}}, True),
        ({"StringLike": {"sts:ExternalId": "*"}}, False),
        ({"StringNotEquals": {"sts:ExternalId": "5f1c"}}, False),
    ):
        (one,) = of_trust(trust(stranger, Condition=condition))
        assert (one.whom, one.who, one.external_id) == (Whom.ACCOUNT, STRANGER, asked)


def test_open_trusts():
    """Anyone may be let in by any form; services and the own account are not told."""
    for principal in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
        assert [one.whom for one in of_trust(trust(principal))] == [Whom.ANYONE]
    assert of_trust(trust({"Service": "ec2.amazonaws.com", "AWS": f"{OWN}:root"})) == ()
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    assert of_trust(trust("*", Condition=condition))[0].limits
    assert of_trust(trust("*", Condition={"StringEquals": {"sts:ExternalId": "5f1c"}}))[0].external_id


def test_roles_of_aws_are_left_alone():
    """Their trust is AWS's business; a trust that was not told is not judged."""
    linked = replace(role("l", trust("*")), arn=f"{OWN}:role/aws-service-role/x/l")
    found = trusts(account(linked, replace(role("r", trust("*")), trust="")))
    assert (found.openings, found.judged) == ((), 0)
