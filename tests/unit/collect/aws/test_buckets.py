"""Buckets and what keeps them private, on answers of the documented shape: moto's buckets are those before 2023."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_answers import Answers, Given, asked

from posture.collect.aws.buckets import read_buckets
from posture.facts.aws.buckets import AclGroup, BucketGrant, BucketVersions, PublicAccessBlock, S3Buckets
from posture.facts.aws.gap import Why

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ANY_ACCOUNT = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
OWNER = {"Grantee": {"Type": "CanonicalUser", "ID": "a1"}, "Permission": "FULL_CONTROL"}
UNSET = Answers.refused("NoSuchPublicAccessBlockConfiguration", 404)
POINT = {"Name": "door", "NetworkOrigin": "Internet", "Bucket": "shop", "AccessPointArn": "arn:aws:s3:::door"}


def block(*, on: bool = True, **more: bool) -> dict[str, Any]:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {"PublicAccessBlockConfiguration": {**dict.fromkeys(names, on), **more}}


def acl(*grants: tuple[str, str]) -> dict[str, Any]:
    lines = [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission} for uri, permission in grants]
    return {"Owner": {"ID": "a1"}, "Grants": [OWNER, *lines]}


def answers(**more: Given) -> Answers:
    """An account with two buckets and no block at all; names are operations, ``account`` is the account's block."""
    return Answers(
        {
            "s3control:GetPublicAccessBlock": more.pop("account", UNSET),
            "s3control:ListAccessPoints": {"AccessPointList": []},
            "s3control:GetAccessPoint": block(),
            "s3:ListBuckets": {"Buckets": [{"Name": "shop", "BucketRegion": "eu-west-1"}, {"Name": "old"}]},
            "s3:GetPublicAccessBlock": UNSET,
            "s3:GetBucketAcl": acl(),
            "s3:GetBucketVersioning": {},
            **{(f"s3control:{name}" if "AccessPoint" in name else f"s3:{name}"): given for name, given in more.items()},
        }
    )


def read(source: Answers) -> S3Buckets:
    fact = read_buckets(asked(source))[S3Buckets]
    assert isinstance(fact, S3Buckets)
    return fact


def test_each_bucket_is_asked_about_in_its_own_region():
    """No call is sent on from one region to another; the others are asked at home."""
    source = answers()
    fact = read(source)
    assert [(bucket.name, bucket.region) for bucket in fact.buckets] == [("shop", "eu-west-1"), ("old", "")]
    regions = {(params["Bucket"], params["_region"]) for name, params in source.asked if "Bucket" in params}
    assert regions == {("shop", "eu-west-1"), ("old", "us-east-1")}
    assert [params["MaxBuckets"] for name, params in source.asked if name == "s3:ListBuckets"] == [1000]
    assert fact.gaps == ()


def test_a_region_that_is_none_is_not_called():
    """What AWS's place is taken by a host of somebody's choice goes nowhere."""
    source = answers(ListBuckets={"Buckets": [{"Name": "shop", "BucketRegion": "x.example/#"}]})
    assert [bucket.region for bucket in read(source).buckets] == [""]


def test_groups_of_everybody_are_told_of_the_access_control_list():
    """The owner's own line, and another account's, let nobody else in."""
    other = {"Grantee": {"Type": "CanonicalUser", "ID": "b2"}, "Permission": "READ"}
    opened = acl((EVERYBODY, "READ"), (ANY_ACCOUNT, "WRITE"))
    opened["Grants"].append(other)
    fact = read(answers(GetBucketAcl=opened))
    assert fact.buckets[0].grants == (BucketGrant(AclGroup.ANYONE, "READ"), BucketGrant(AclGroup.ANY_ACCOUNT, "WRITE"))


def test_versions_and_mfa_delete_are_told():
    """A bucket whose versions are suspended keeps no more of them."""

    def given(params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Status": "Enabled", "MFADelete": "Enabled"} if params["Bucket"] == "shop" else {"Status": "Suspended"}

    fact = read(answers(GetBucketVersioning=given))
    assert [bucket.versions for bucket in fact.buckets] == [BucketVersions(True, True), BucketVersions(False)]


def test_what_can_make_no_difference_is_not_asked():
    """Under the account's block nothing but versions; under a bucket's own no access control list."""
    source = answers(account=block())
    fact = read(source)
    assert fact.block == PublicAccessBlock(True, True, True, True)
    assert [(bucket.block, bucket.grants) for bucket in fact.buckets] == [(None, None)] * 2
    assert {name for name, _ in source.asked} == {
        "s3control:GetPublicAccessBlock", "s3:ListBuckets", "s3:GetBucketVersioning",
    }  # fmt: skip
    own = answers(GetPublicAccessBlock=block(on=False, IgnorePublicAcls=True))
    assert [bucket.grants for bucket in read(own).buckets] == [None, None]
    assert own.count("s3:GetBucketAcl") == 0


def test_no_setting_is_none_and_a_refused_one_is_not_told():
    """Absent is known, denied is not."""
    assert read(answers()).block == PublicAccessBlock()
    fact = read(answers(account=Answers.refused()))
    assert fact.block is None
    assert [gap.action for gap in fact.gaps] == ["s3:GetAccountPublicAccessBlock"]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListBuckets", "s3:ListAllMyBuckets"),
        ("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("GetBucketAcl", "s3:GetBucketAcl"),
        ("GetBucketVersioning", "s3:GetBucketVersioning"),
        ("ListAccessPoints", "s3:ListAccessPoints"),
    ],
)
def test_each_refusal_names_its_permission_alone(operation: str, action: str):
    """And, where it was about one bucket, the bucket."""
    gaps = read(answers(**{operation: Answers.refused()})).gaps
    assert {gap.action for gap in gaps} == {action}
    assert {gap.about for gap in gaps} == ({""} if operation.startswith("List") else {"shop", "old"})


def test_a_bucket_that_is_gone_meanwhile_is_no_gap():
    """It was erased between the list and the questions."""
    gone = Answers.refused("NoSuchBucket", 404)
    fact = read(answers(GetPublicAccessBlock=gone, GetBucketAcl=gone, GetBucketVersioning=gone))
    assert fact.gaps == ()


@pytest.mark.parametrize("operation", ["GetPublicAccessBlock", "GetBucketAcl"])
def test_an_answer_that_says_nothing_is_a_gap(operation: str):
    """An empty list of access has an owner, too."""
    fact = read(answers(**{operation: {"Other": 1}}))
    assert {gap.why for gap in fact.gaps} == {Why.FAULT}


def test_access_points_of_all_pages_that_the_internet_reaches_are_told_with_their_blocks():
    """Those within a VPC are not; a page that repeats itself ends the list, and that is told."""
    inside = {**POINT, "Name": "inside", "NetworkOrigin": "VPC"}
    pages = [{"AccessPointList": [POINT], "NextToken": "x"}, {"AccessPointList": [inside, {**POINT, "Name": "late"}]}]
    fact = read(answers(ListAccessPoints=pages))
    assert [(point.name, point.bucket, point.block) for point in fact.access_points] == [
        ("door", "shop", PublicAccessBlock(True, True, True, True)),
        ("late", "shop", PublicAccessBlock(True, True, True, True)),
    ]
    assert fact.gaps == ()
    same = read(answers(ListAccessPoints={"AccessPointList": [POINT], "NextToken": "x"}))
    assert [gap.why for gap in same.gaps] == [Why.LIMIT]
    denied = read(answers(ListAccessPoints=pages, GetAccessPoint=Answers.refused()))
    assert [point.block for point in denied.access_points] == [None, None]
    assert {gap.action for gap in denied.gaps} == {"s3:GetAccessPoint"}
