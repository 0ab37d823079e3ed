"""GetAccountAuthorizationDetails, on moto's server and on answers of the documented shape where moto's is another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.errors import Unanswered
from posture.collect.aws.iam import read_iam
from posture.facts.aws.gap import Why
from posture.facts.aws.iam import IamAuthorizations

LONG = json.dumps({"Id": "x" * 70_000})
MADE = datetime(2024, 5, 3, 9, tzinfo=UTC)
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TEXT = quote(json.dumps(ALLOW))  # as AWS sends documents
ARN = "arn:aws:iam::111122223333"


def read(*pages: Mapping[str, Any]) -> IamAuthorizations:
    fact = read_iam(asked(Answers({"iam:GetAccountAuthorizationDetails": list(pages)})))[IamAuthorizations]
    assert isinstance(fact, IamAuthorizations)
    return fact


def user(name: str, **more: object) -> dict[str, Any]:
    return {"UserName": name, "Arn": f"{ARN}:user/{name}", "CreateDate": MADE, **more}


def policy(arn: str, *, default: str = "v2", **more: object) -> dict[str, Any]:
    old = {"VersionId": "v1", "IsDefaultVersion": default == "v1", "Document": "%7B%7D"}
    new = {"VersionId": "v2", "IsDefaultVersion": default == "v2", "Document": TEXT}
    return {"Arn": arn, "PolicyVersionList": [old, new], **more}


def attached(arn: str) -> list[dict[str, str]]:
    return [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn}]


def test_everybody_and_every_policy_come_from_one_question(aws_server: AwsServer):
    """Users, groups, roles, their inline and managed policies, boundaries and trust, as AWS gave them."""
    number = "100000000101"
    iam = aws_server.client("iam", number)
    text = json.dumps(ALLOW)
    arn = iam.create_policy(PolicyName="bucket", PolicyDocument=text)["Policy"]["Arn"]
    iam.create_user(UserName="alex", Tags=[{"Key": "team", "Value": "shop"}])
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(UserName="alex", GroupName="staff")
    iam.put_user_policy(UserName="alex", PolicyName="own", PolicyDocument=text)
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    iam.create_role(RoleName="job", AssumeRolePolicyDocument=text, PermissionsBoundary=arn)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="job")
    api = account_api(number)
    aws_server.forget()
    fact = read_iam(asked(api))[IamAuthorizations]
    assert aws_server.calls == {"iam:GetAccountAuthorizationDetails": 1}
    assert isinstance(fact, IamAuthorizations)
    (alex,), (staff,), (job,), (bucket,) = fact.users, fact.groups, fact.roles, fact.policies
    assert (alex.name, alex.groups, alex.tags) == ("alex", ("staff",), (("team", "shop"),))
    assert [(one.name, one.arn, json.loads(one.document)) for one in alex.inline] == [("own", "", ALLOW)]
    assert (staff.policies, job.boundary) == ((arn,), arn)
    assert json.loads(job.trust) == ALLOW
    assert job.instance_profiles == (f"arn:aws:iam::{number}:instance-profile/web",)
    assert (bucket.name, bucket.arn, json.loads(bucket.document)) == ("bucket", arn, ALLOW)
    assert fact.gaps == ()


def test_all_pages_are_read_and_a_policy_in_use_has_its_default_version():
    """AWS spreads the four lists over pages as it likes; what nobody has is left out."""
    one, two = f"{ARN}:policy/one", f"{ARN}:policy/two"
    fact = read(
        {"UserDetailList": [user("a", AttachedManagedPolicies=attached(two))], "IsTruncated": True, "Marker": "x"},
        {"Policies": [policy(one), policy(two, PolicyName="two")], "IsTruncated": True, "Marker": "y"},
        {"UserDetailList": [user("b", PermissionsBoundary={"PermissionsBoundaryArn": two})], "IsTruncated": False},
    )
    assert [person.name for person in fact.users] == ["a", "b"]
    assert fact.users[1].boundary == two
    assert [(text.name, json.loads(text.document)) for text in fact.policies] == [("two", ALLOW)]
    assert fact.gaps == ()


def test_when_a_role_was_last_used_is_told_where_aws_knows_it():
    """A role without a use within the time that AWS keeps has none."""
    role = {"RoleName": "r", "Arn": f"{ARN}:role/r", "CreateDate": MADE, "AssumeRolePolicyDocument": TEXT}
    fact = read({"RoleDetailList": [{**role, "RoleLastUsed": {"LastUsedDate": MADE}}, {**role, "RoleLastUsed": {}}]})
    assert [one.last_used for one in fact.roles] == [MADE, None]


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"IsTruncated": True},
        {"IsTruncated": True, "Marker": ""},
        {"UserDetailList": [{"UserName": "nobody"}]},
        {"UserDetailList": [user("a", AttachedManagedPolicies=attached(f"{ARN}:policy/lost"))]},
        {"UserDetailList": [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": "no json"}])]},
        {"UserDetailList": [user("a", UserPolicyList=[{"PolicyName": "p"}])]},
        {"UserDetailList": [user("a", UserPolicyList=[{"PolicyName": "p", "PolicyDocument": LONG}])]},
        {"RoleDetailList": [{"RoleName": "r", "Arn": f"{ARN}:role/r", "CreateDate": MADE}]},
    ],
)
def test_what_is_cut_or_garbled_is_a_gap(page: Mapping[str, Any]):
    """A list that ends early and a policy that cannot be read never look like less rights."""
    assert {gap.why for gap in read(page).gaps} in ({Why.FAULT}, {Why.LIMIT})


def test_pages_that_end_in_a_refusal_leave_what_came():
    """A login that ended between two pages: the first is there, and it is told that it is not all."""
    fact = read({"UserDetailList": [user("a")], "IsTruncated": True, "Marker": "x"}, Answers.refused("ExpiredToken"))
    assert [person.name for person in fact.users] == ["a"]
    assert [gap.action for gap in fact.gaps] == ["iam:GetAccountAuthorizationDetails"]


def test_a_refusal_at_once_leaves_nothing():
    """No user is no fact then."""
    with pytest.raises(Unanswered, match="GetAccountAuthorizationDetails"):
        read(Answers.refused("AccessDenied"))
