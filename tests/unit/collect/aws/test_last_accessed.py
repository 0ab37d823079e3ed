"""Reports of services last used: recorded shapes of IAM's API reference, since moto has none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_answers import Answers, asked

from posture.collect.aws import last_accessed
from posture.collect.aws.last_accessed import read_last_use
from posture.facts.aws.gap import Why
from posture.facts.aws.last_use import AwsLastUse, ServiceUse
from posture.facts.unavailable import Unavailable

ARN = "arn:aws:iam::123456789012"
MADE = datetime(2026, 1, 2, tzinfo=UTC)
USED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ORDER, FETCH = "iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"
COLUMNS = "user,arn,user_creation_time,password_enabled,mfa_active," + ",".join(
    f"access_key_{place}_{what}" for place in (1, 2) for what in ("active", "last_rotated", "last_used_date")
)


def user(name: str, action: str) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
    policies = [{"PolicyName": "p", "PolicyDocument": json.dumps(document)}]
    return {
        "UserName": name, "UserId": "AIDAX", "Path": "/", "Arn": f"{ARN}:user/{name}", "CreateDate": MADE,
        "UserPolicyList": policies, "GroupList": [], "AttachedManagedPolicies": [],
    }  # fmt: skip


def row(name: str, key: str = "true") -> str:
    made = "2026-01-02T00:00:00+00:00"
    return f"{name},{ARN}:user/{name},{made},false,false,{key},{made},N/A,false,N/A,N/A"


def answers(*users: dict[str, Any], keyless: str = "", **more: Any) -> Answers:
    rows = [row(one["UserName"], "false" if one["UserName"] == keyless else "true") for one in users]
    report = {"Content": "\n".join([COLUMNS, *rows]).encode(), "GeneratedTime": USED, "ReportFormat": "text/csv"}
    account = {"UserDetailList": list(users), "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return Answers(
        {
            "iam:GetAccountAuthorizationDetails": {**account, "IsTruncated": False},
            "iam:GenerateCredentialReport": {"State": "COMPLETE"},
            "iam:GetCredentialReport": report,
            "iam:ListVirtualMFADevices": {"VirtualMFADevices": [], "IsTruncated": False},
            ORDER: lambda asked: {"JobId": f"{asked['Arn'].rpartition('/')[2]:-<36}"},
            FETCH: done("s3", "iam"),
            **{f"iam:{name}": given for name, given in more.items()},
        }
    )


def done(*services: str, **more: Any) -> Mapping[str, Any]:
    listed = [
        {"ServiceName": name.upper(), "ServiceNamespace": name, "TotalAuthenticatedEntities": 0} for name in services
    ]
    listed[0] |= {"LastAuthenticated": USED, "LastAuthenticatedEntity": f"{ARN}:user/wide"}
    return {"JobStatus": "COMPLETED", "ServicesLastAccessed": listed, "IsTruncated": False, **more}


def read(source: Answers) -> Any:
    return read_last_use(asked(source))[AwsLastUse]


def test_far_reaching_keys_are_asked_for():
    """A user without an active key or with a narrow policy is not; what was used has its date."""
    source = answers(user("wide", "*"), user("narrow", "s3:GetObject"), user("keyless", "*"), keyless="keyless")
    found = read(source)
    assert [(one.name, one.services) for one in found.users] == [
        ("wide", (ServiceUse("s3", USED), ServiceUse("iam", None)))
    ]
    assert found.gaps == ()
    assert source.count(ORDER) == source.count(FETCH) == 1


def test_a_report_is_waited_for_and_read_to_its_end(monkeypatch):
    """In progress, then two pages."""
    monkeypatch.setattr(last_accessed, "PAUSE", 0)
    pages = [{"JobStatus": "IN_PROGRESS"}, done("s3", IsTruncated=True, Marker="more"), done("ec2")]
    found = read(answers(user("wide", "iam:Put*"), GetServiceLastAccessedDetails=pages))
    assert [one.service for one in found.users[0].services] == ["s3", "ec2"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"GenerateServiceLastAccessedDetails": Answers.refused()}, Why.DENIED),
        ({"GenerateServiceLastAccessedDetails": {"JobId": ""}}, Why.FAULT),
        ({"GetServiceLastAccessedDetails": {"JobStatus": "FAILED", "Error": {"Code": "x", "Message": "y"}}}, Why.FAULT),
        ({"GetServiceLastAccessedDetails": done("s3", IsTruncated=True)}, Why.LIMIT),
        ({"GetServiceLastAccessedDetails": {}}, Why.FAULT),
    ],
)
def test_what_does_not_come_is_a_gap(more, why):
    """Denied for one is denied for all: it is asked once."""
    source = answers(user("wide", "*"), user("also", "*"), **more)
    found = read(source)
    assert found.users == ()
    assert {gap.why for gap in found.gaps} == {why}
    assert source.count(ORDER) == (1 if why is Why.DENIED else 2)


def test_a_user_who_is_gone_is_none():
    """Deleted since the report of credentials was written."""
    found = read(answers(user("wide", "*"), GenerateServiceLastAccessedDetails=Answers.refused("NoSuchEntity", 404)))
    assert (found.users, found.gaps) == ((), ())


def test_more_users_than_fifty_are_told(monkeypatch):
    """The rest is not assessed, in numbers."""
    monkeypatch.setattr(last_accessed, "MOST_USERS", 2)
    source = answers(*(user(f"u{number}", "*") for number in range(5)))
    found = read(source)
    assert len(found.users) == 2
    assert [(gap.why, gap.about) for gap in found.gaps] == [(Why.LIMIT, "3 more users")]


def test_without_the_report_of_credentials_nothing_is_known():
    """Whose keys are active is not."""
    found = read(answers(user("wide", "*"), GetCredentialReport=Answers.refused()))
    assert isinstance(found, Unavailable)
