"""The S3 buckets of an account, their access control lists and what blocks public access; no object is looked at.

Sources: S3 API Reference, ListBuckets, GetPublicAccessBlock, GetBucketAcl, GetBucketVersioning; S3 Control,
GetPublicAccessBlock, ListAccessPoints, GetAccessPoint; S3 User Guide, "Blocking public access to your storage". What
AWS itself says of a policy (GetBucketPolicyStatus) is not asked: policies are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from posture.collect.aws.api import MOST_PAGES, Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.fields import Item, arn, flag, items, text
from posture.facts.aws.buckets import (
    AclGroup,
    BucketGrant,
    BucketVersions,
    PublicAccessBlock,
    S3AccessPoint,
    S3Bucket,
    S3Buckets,
)
from posture.facts.aws.gap import Gap, Why
from posture.facts.factset import Facts

MOST = 2_000  # buckets of an account, access points of a region
_GONE = "NoSuchBucket"  # erased since it was listed
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d{1,2}")
_UNSET = "NoSuchPublicAccessBlockConfiguration"
_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": AclGroup.ANYONE,
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": AclGroup.ANY_ACCOUNT,
}
_LIST = Call("s3", "ListBuckets", {"MaxBuckets": 1000})  # with a parameter the answer has the regions, too


def read_buckets(asked: Asked) -> Facts:
    """`S3Buckets`."""
    gaps: list[Gap] = []
    account = Call("s3control", "GetPublicAccessBlock", {"AccountId": asked.api.account}, absent=(_UNSET,))
    block = _block(asked, account, gaps)
    listing = asked.api.listing(_LIST, "Buckets")
    gaps += listing.gaps
    if len(listing.items) > MOST:
        gaps.append(_LIST.gap(Why.LIMIT, f"{len(listing.items)} buckets"))
    listed = [one for one in listing.items[:MOST] if isinstance(one, Mapping) and text(one, "Name")]
    buckets, lost = asked.api.each(lambda one: _bucket(asked, one, block), listed)
    points = () if block and block.restrict_policies else _access_points(asked, gaps)
    gaps += [*lost, *(gap for _, more in buckets for gap in more)]
    found = tuple(bucket for bucket, _ in buckets)
    return {S3Buckets: S3Buckets(found, points, block, tuple(dict.fromkeys(gaps)), asked.at)}


def _bucket(asked: Asked, listed: Item, account: PublicAccessBlock | None) -> tuple[S3Bucket, list[Gap]]:
    """A bucket, and what it did not tell; only what can make a difference is asked."""
    name, region = text(listed, "Name"), text(listed, "BucketRegion")
    region = region if _REGION.fullmatch(region) else ""
    gaps: list[Gap] = []

    def call(operation: str, absent: str = "") -> Call:
        return Call("s3", operation, {"Bucket": name}, region, name, (_GONE, absent) if absent else (_GONE,))

    private = account is not None and account.effective
    block = None if private else _block(asked, call("GetPublicAccessBlock", _UNSET), gaps)
    ignored = any(one is not None and one.ignore_acls for one in (account, block))
    grants = None if ignored else _grants(asked, call("GetBucketAcl"), gaps)
    return S3Bucket(name, region, block, grants, _versions(asked, call("GetBucketVersioning"), gaps)), gaps


def _answer(asked: Asked, call: Call, gaps: list[Gap]) -> Mapping[str, Any] | None:
    """The answer, empty where there is nothing; None, and a gap, where none came."""
    try:
        return asked.api.ask(call)
    except Unanswered as unanswered:
        gaps.append(unanswered.gap)
        return None


def _block(asked: Asked, call: Call, gaps: list[Gap]) -> PublicAccessBlock | None:
    answer = _answer(asked, call, gaps)
    if answer is None:
        return None
    return _settings(call, answer, gaps) if answer else PublicAccessBlock()


def _settings(call: Call, answer: Item, gaps: list[Gap]) -> PublicAccessBlock | None:
    said = answer.get("PublicAccessBlockConfiguration")
    if not isinstance(said, Mapping):
        gaps.append(call.gap(Why.FAULT, "an answer without the settings"))
        return None
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return PublicAccessBlock(*(flag(said, name) for name in names))


def _grants(asked: Asked, call: Call, gaps: list[Gap]) -> tuple[BucketGrant, ...] | None:
    answer = _answer(asked, call, gaps)
    if answer and "Owner" not in answer and "Grants" not in answer:
        gaps.append(call.gap(Why.FAULT, "a list without an owner"))
        return None
    if answer is None:
        return None
    found = (
        (_GROUPS.get(text(grant, "Grantee", "URI")), text(grant, "Permission")) for grant in items(answer, "Grants")
    )
    return tuple(dict.fromkeys(BucketGrant(group, permission) for group, permission in found if group))


def _versions(asked: Asked, call: Call, gaps: list[Gap]) -> BucketVersions | None:
    answer = _answer(asked, call, gaps)
    if answer is None:
        return None
    return BucketVersions(text(answer, "Status") == "Enabled", text(answer, "MFADelete") == "Enabled")


def _access_points(asked: Asked, gaps: list[Gap]) -> tuple[S3AccessPoint, ...]:
    """Those that the internet reaches, of all regions."""

    def here(region: str) -> tuple[tuple[S3AccessPoint, ...], list[Gap]]:
        listing = _listed_points(asked, region)
        missing = [*listing.gaps]
        reached = [one for one in listing.items if text(one, "NetworkOrigin") != "VPC"]
        points, lost = asked.api.each(lambda one: _point(asked, region, one, missing), reached)
        return tuple(points), [*missing, *lost]

    answers, lost = asked.api.in_regions(here)
    gaps += [*lost, *(gap for _, missing in answers for gap in missing)]
    return tuple(point for points, _ in answers for point in points)


def _listed_points(asked: Asked, region: str) -> Listing:
    """The access points of a region; botocore has no description of this list's pages."""
    found: list[Item] = []
    parameters: dict[str, Any] = {"AccountId": asked.api.account, "MaxResults": 1000}
    for _ in range(MOST_PAGES):
        call = Call("s3control", "ListAccessPoints", {**parameters}, region)
        try:
            page = asked.api.ask(call)
        except Unanswered as unanswered:
            return Listing(found, (unanswered.gap,))
        found += [one for one in items(page, "AccessPointList") if text(one, "Name")]
        following = page.get("NextToken")
        if not following:
            return Listing(found[:MOST], () if len(found) <= MOST else (call.gap(Why.LIMIT),))
        if following == parameters.get("NextToken") or len(found) > MOST:
            break
        parameters["NextToken"] = following
    return Listing(found[:MOST], (Call("s3control", "ListAccessPoints", {}, region).gap(Why.LIMIT),))


def _point(asked: Asked, region: str, listed: Item, gaps: list[Gap]) -> S3AccessPoint:
    name = text(listed, "Name")
    parameters = {"AccountId": asked.api.account, "Name": name}
    call = Call("s3control", "GetAccessPoint", parameters, region, name, ("NoSuchAccessPoint",))
    answer = _answer(asked, call, gaps)
    block = _settings(call, answer, gaps) if answer else None
    return S3AccessPoint(name, arn(listed, "AccessPointArn"), region, text(listed, "Bucket"), block)
