"""The regions of an account."""

from __future__ import annotations

from posture.collect.aws.api import Api, Call
from posture.collect.aws.errors import Unanswered
from posture.facts.aws.gap import Gap, Why

_HOME = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}


def home_of(role_arn: str) -> str:
    """The region that answers for the services without regions, by the partition in an ARN."""
    parts = role_arn.split(":")
    return _HOME.get(parts[1] if len(parts) > 1 else "", _HOME["aws"])


def enabled(api: Api) -> tuple[str, ...]:
    """The regions that are enabled for the account (ec2:DescribeRegions leaves out the others).

    Raises:
        Unanswered: AWS did not say; then nothing regional can be read.
    """
    answer = api.ask(Call("ec2", "DescribeRegions", region=api.home))
    names = sorted(str(one.get("RegionName", "")) for one in answer.get("Regions") or ())
    if not names:
        raise Unanswered(Gap("ec2:DescribeRegions", Why.FAULT, api.home))
    return tuple(names)
