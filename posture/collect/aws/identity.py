"""Instances of IAM Identity Center and user pools of Cognito, in every region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.identity import IdentityCenter, IdentityCenters, PoolMfa, UserPool, UserPools
from posture.facts.factset import Facts
from posture.model.text import visible

MOST_POOLS = 1_000  # of a region; AWS gives no more
_ADMIN = re.compile(r"admin|superuser|super[-_ ]user|\broot\b|sysop|operator", re.IGNORECASE)
_MFA = {"OFF": PoolMfa.OFF, "OPTIONAL": PoolMfa.OPTIONAL, "ON": PoolMfa.ON}
Found = tuple[UserPool | None, tuple[Gap, ...]]


def read_identity_centers(asked: Asked) -> Facts:
    """`IdentityCenters`."""

    def of(region: str) -> tuple[list[IdentityCenter], tuple[Gap, ...]]:
        items, gaps = asked.api.listing(Call("sso-admin", "ListInstances", region=region), "Instances")
        return [_center(one, region) for one in items], gaps

    answers, failed = asked.api.in_regions(of)
    seen: dict[str, IdentityCenter] = {center.arn: center for found, _ in answers for center in found}
    gaps = (*failed, *(gap for _, some in answers for gap in some))
    return {IdentityCenters: IdentityCenters(tuple(seen.values()), asked.api.regions, gaps, asked.at)}


def _center(one: Mapping[str, Any], region: str) -> IdentityCenter:
    arn, name = visible(str(one.get("InstanceArn") or ""), 200), visible(str(one.get("Name") or ""), 200)
    where = visible(str(one.get("PrimaryRegion") or region), 40)
    return IdentityCenter(arn, name, where, visible(str(one.get("OwnerAccountId") or ""), 20))


def read_user_pools(asked: Asked) -> Facts:
    """`UserPools`: two or three questions for each pool that does not ask everybody for a second factor."""

    def of(region: str) -> tuple[list[Found], tuple[Gap, ...]]:
        listing = Call("cognito-idp", "ListUserPools", {"MaxResults": 60}, region)
        items, gaps = asked.api.listing(listing, "UserPools")
        beyond = (listing.gap(Why.LIMIT),) if len(items) > MOST_POOLS else ()
        pools, failed = asked.api.each(lambda one: _pool(asked, one, region), items[:MOST_POOLS])
        return pools, (*gaps, *beyond, *failed)

    answers, failed = asked.api.in_regions(of)
    found = [one for pools, _ in answers for one in pools]
    gaps = (*failed, *(gap for _, some in answers for gap in some), *(gap for _, some in found for gap in some))
    pools = tuple(pool for pool, _ in found if pool)
    return {UserPools: UserPools(pools, asked.api.regions, gaps, asked.at)}


def _pool(asked: Asked, one: Mapping[str, Any], region: str) -> Found:
    """One pool; without its groups, and with a gap, where they were not told."""
    pool, name = str(one.get("Id") or ""), visible(str(one.get("Name") or ""), 200)
    call = Call("cognito-idp", "DescribeUserPool", {"UserPoolId": pool}, region, name, ("ResourceNotFoundException",))
    answer = asked.api.ask(call)
    if not answer:
        return None, ()  # deleted since it was listed
    mfa = _MFA.get(str((answer.get("UserPool") or {}).get("MfaConfiguration") or ""))
    if mfa is None:
        raise Unanswered(call.gap(Why.FAULT, "the answer does not say whether MFA is on"))
    known = UserPool(visible(pool, 80), name, region, mfa)
    if mfa is PoolMfa.ON:
        return known, ()
    groups, gaps = asked.api.listing(
        Call("cognito-idp", "ListGroups", {"UserPoolId": pool, "Limit": 60}, region, name), "Groups"
    )
    named = (str(group.get("GroupName") or "") for group in groups)
    admins = tuple(sorted(visible(group, 128) for group in named if _ADMIN.search(group)))
    return replace(known, admins=admins), gaps
