from __future__ import annotations

from checks.aws import unseen
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    PoolMfa,
    Severity,
    UserPool,
    UserPools,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "mfa.aws-cognito-admin-mfa",
    title="Administrators in a Cognito user pool need no second factor",
    clause="4.2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:6.3", "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_cognito_admin_mfa(pools: UserPools) -> Iterator[Verdict]:
    """A user pool with a group of administrators asks nobody for a second factor (medium), or only who chose one (low).

    A group counts as one of administrators by its name (admin, superuser, root, sysop, operator). A pool without such
    a group is not judged: what customers of a shop need is the shop's decision.

    It is wrong where the group's name says more than the group may do, where the application itself asks
    administrators for a second factor, or where they come from another provider that does.
    """
    judged = [pool for pool in pools.pools if pool.admins or pool.mfa is PoolMfa.ON]
    weak = [pool for pool in judged if pool.mfa is not PoolMfa.ON]
    for pool in weak:
        yield _failure(pool, pools)
    yield from unseen(pools.gaps)
    if weak or pools.gaps:
        return
    where = f"{count(len(pools.regions), 'region')} ({listed(pools.regions)})"
    if judged:
        yield passed(f"{count(len(judged), 'user pool')} in {where} ask everybody for a second factor")
    else:
        yield not_applicable(f"No user pool in {where} has a group of administrators ({len(pools.pools)} pools)")


def _failure(pool: UserPool, pools: UserPools) -> Verdict:
    off = pool.mfa is PoolMfa.OFF
    what = "asks nobody for a second factor" if off else "leaves the second factor to each user"
    groups = listed(pool.admins)
    seen = f"{pool.name} ({pool.id}): MfaConfiguration {pool.mfa.value.upper()}; groups {groups}"
    return fail(
        f"User pool {pool.name} {what}, its administrators ({groups}) included",
        subject=f"{pool.region} {pool.id}",
        severity=None if off else Severity.LOW,
        evidence=[Evidence("cognito-idp:DescribeUserPool", seen, pools.observed)],
        pool=pool.id,
        name=pool.name,
        region=pool.region,
        groups=groups,
        what=what,
    )
