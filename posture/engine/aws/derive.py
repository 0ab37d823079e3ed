"""What follows from the policies of an AWS account."""

from __future__ import annotations

from typing import Any

from posture.engine.aws.lives import of_versions
from posture.engine.aws.openings import openings, trusts
from posture.engine.aws.powers import powers
from posture.engine.aws.principals import Things
from posture.facts.aws.functions import LambdaFunctions
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.instances import Ec2Instances
from posture.facts.aws.powers import AwsOpenings, AwsPowers, AwsTrusts
from posture.facts.aws.resource_policies import ResourcePolicies
from posture.facts.factset import Facts
from posture.facts.unavailable import Unavailable


def of_account(facts: Facts) -> Facts:
    """The derived facts of an account; what they follow from was not collected: neither are they known."""
    said, policies = facts[IamAuthorizations], facts[ResourcePolicies]
    derived: dict[type[Any], Any] = {AwsPowers: said, AwsTrusts: said, AwsOpenings: policies}
    if not isinstance(said, Unavailable):
        derived |= {AwsPowers: powers(said, _things(facts)), AwsTrusts: trusts(said)}
    if not isinstance(policies, Unavailable):
        derived[AwsOpenings] = openings(policies)
    return {**derived, **of_versions(facts)}


def _things(facts: Facts) -> Things:
    """What has a role, by service; not those services of which not all could be seen."""
    functions, instances = facts.get(LambdaFunctions), facts.get(Ec2Instances)
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    if isinstance(functions, LambdaFunctions) and not functions.gaps:
        found["lambda.amazonaws.com"] = tuple((one.arn, one.role) for one in functions.functions)
    if isinstance(instances, Ec2Instances) and not instances.gaps:
        found["ec2.amazonaws.com"] = tuple(
            (f"arn:{one.profile.split(':')[1]}:ec2:{one.region}:{instances.account}:instance/{one.id}", one.profile)
            for one in instances.instances
            if one.profile.startswith("arn:")
        )
    return found
