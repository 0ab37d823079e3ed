"""Identity Center and Cognito in every region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.identity import read_identity_centers, read_user_pools
from posture.facts.aws.identity import IdentityCenter, IdentityCenters, PoolMfa, UserPools

REGIONS = ("eu-central-1", "us-east-1")
ARN = "arn:aws:sso:::instance/ssoins-7223"


def test_an_instance_that_two_regions_name_is_one():
    """An instance is told where it is, and where it is copied to."""
    one = {"InstanceArn": ARN, "OwnerAccountId": "999988887777", "Status": "ACTIVE", "PrimaryRegion": "eu-central-1"}
    source = Answers({"sso-admin:ListInstances": {"Instances": [one]}})
    fact = read_identity_centers(asked(source.api(regions=REGIONS)))[IdentityCenters]
    assert fact.centers == (IdentityCenter(ARN, "", "eu-central-1", "999988887777"),)
    assert (fact.regions, fact.gaps) == (REGIONS, ())


def test_a_region_that_is_refused_is_named():
    """The instance may be there."""

    def of(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Instances": []} if parameters["_region"] == "us-east-1" else Answers.refused("AccessDeniedException")

    fact = read_identity_centers(asked(Answers({"sso-admin:ListInstances": of}).api(regions=REGIONS)))[IdentityCenters]
    assert [(gap.action, gap.region) for gap in fact.gaps] == [("sso:ListInstances", "eu-central-1")]


def test_pools_of_a_server(aws_server: AwsServer):
    """MFA of each pool in each region, and the groups that administer."""
    number = "100000000104"
    for region, name, mfa in (("us-east-1", "shop", "OFF"), ("eu-central-1", "staff", "ON")):
        client = aws_server.client("cognito-idp", number, region)
        pool = client.create_user_pool(PoolName=name, MfaConfiguration=mfa)["UserPool"]["Id"]
        for group in ("ShopAdmins", "customers"):
            client.create_group(UserPoolId=pool, GroupName=group)
    api = account_api(number, REGIONS)
    aws_server.forget()
    fact = read_user_pools(asked(api))[UserPools]
    found = {(pool.region, pool.name, pool.mfa, pool.admins) for pool in fact.pools}
    assert found == {
        ("us-east-1", "shop", PoolMfa.OFF, ("ShopAdmins",)),
        ("eu-central-1", "staff", PoolMfa.ON, ()),
    }
    assert fact.gaps == ()
    assert aws_server.calls["cognito-idp:ListGroups"] == 1


CONFIG = {"UserPool": {"MfaConfiguration": "OPTIONAL"}}


@pytest.mark.parametrize(
    ("config", "groups", "pools", "gaps"),
    [
        (CONFIG, {"Groups": [{"GroupName": "x"}]}, 1, []),
        (CONFIG, Answers.refused("NotAuthorizedException", 400), 1, ["cognito-idp:ListGroups"]),
        (Answers.refused("AccessDeniedException", 400), {}, 0, ["cognito-idp:DescribeUserPool"]),
        ({"UserPool": {"MfaConfiguration": "PERHAPS"}}, {}, 0, ["cognito-idp:DescribeUserPool"]),
        ({}, {}, 0, ["cognito-idp:DescribeUserPool"]),
        (Answers.refused("ResourceNotFoundException", 400), {}, 0, []),
    ],
)
def test_a_pool_that_was_not_told_whole_is_a_gap(
    config: Mapping[str, Any], groups: Mapping[str, Any], pools: int, gaps: list[str]
):
    """Only a pool that was deleted in between is nothing to miss."""
    source = Answers(
        {
            "cognito-idp:ListUserPools": {"UserPools": [{"Id": "us-east-1_a", "Name": "shop"}]},
            "cognito-idp:DescribeUserPool": config,
            "cognito-idp:ListGroups": groups,
        }
    )
    fact = read_user_pools(asked(source))[UserPools]
    assert (len(fact.pools), [gap.action for gap in fact.gaps]) == (pools, gaps)
    assert all(pool.mfa is PoolMfa.OPTIONAL for pool in fact.pools)
