"""What follows from the policies of an AWS account."""

from __future__ import annotations

from typing import Any

from posture.engine.aws.lives import of_versions
from posture.engine.aws.openings import openings, trusts
from posture.engine.aws.powers import powers
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.powers import AwsOpenings, AwsPowers, AwsTrusts
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.facts.factset import Facts
from posture.facts.unavailable import Unavailable


def of_account(facts: Facts) -> Facts:
    """The derived facts of an account; what they follow from was not collected: neither are they known."""
    said, policies = facts[IamAuthorizations], facts[ResourcePolicies]
    derived: dict[type[Any], Any] = {AwsPowers: said, AwsTrusts: said, AwsOpenings: policies}
    if not isinstance(said, Unavailable):
        derived |= {AwsPowers: powers(said), AwsTrusts: trusts(said)}
    if not isinstance(policies, Unavailable):
        derived[AwsOpenings] = openings(policies)
    return {**derived, **of_versions(facts)}
