"""What follows from the policies of an AWS account."""

from __future__ import annotations

from posture.facts.aws.powers import AwsOpenings, AwsPowers
from posture.facts.factset import Facts, without


def of_account(facts: Facts) -> Facts:
    """The derived facts of an account."""
    del facts
    return without("this version does not conclude it", (AwsPowers, AwsOpenings))
