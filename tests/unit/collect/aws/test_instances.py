"""DescribeInstances, and readers that build on each other's facts."""

from __future__ import annotations

from typing import Any

from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.compute import read_instances
from posture.facts.aws.gap import Why
from posture.facts.aws.instances import Ec2Instances


def instances(source: Any) -> Ec2Instances:
    fact = read_instances(source)[Ec2Instances]
    assert isinstance(fact, Ec2Instances)
    return fact


def test_machines_of_all_regions(aws_server: AwsServer):
    """Each that is not terminated, with its image, groups, addresses and how its metadata service answers."""
    number = "100000000401"
    for region, tokens in (("us-east-1", "optional"), ("eu-west-1", "required")):
        ec2 = aws_server.client("ec2", number, region)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        card = {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": True}
        name = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"web\n{region}"}]}
        made = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, NetworkInterfaces=[card], TagSpecifications=[name],
            MetadataOptions={"HttpTokens": tokens},
        )["Instances"][0]["InstanceId"]  # fmt: skip
        gone = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        ec2.terminate_instances(InstanceIds=[gone])
        assert made != gone
    fact = instances(asked(account_api(number, ("eu-west-1", "us-east-1"))))
    assert [one.region for one in fact.instances] == ["eu-west-1", "us-east-1"]
    assert [one.metadata_tokens for one in fact.instances] == ["required", "optional"]
    assert all("\n" not in one.name and one.name.startswith("web") for one in fact.instances)
    assert all(one.public_addresses and one.security_groups and one.launched for one in fact.instances)
    assert fact.gaps == ()
    assert fact.regions == ("eu-west-1", "us-east-1")


def test_a_region_that_refuses_is_a_gap(aws_server: AwsServer):
    """What the other regions said is there; the one that refused is named with the permission."""
    aws_server.faults(denied=["ec2:DescribeInstances"])
    fact = instances(asked(account_api("100000000402", ("eu-west-1",))))
    assert [(gap.action, gap.region, gap.why) for gap in fact.gaps] == [
        ("ec2:DescribeInstances", "eu-west-1", Why.DENIED)
    ]


def test_what_two_readers_need_is_asked_once():
    """A reader that builds on another's facts sends nothing of its own for them."""
    answers = Answers({"ec2:DescribeInstances": {"Reservations": []}})
    here = asked(answers)
    assert here.once(read_instances) is here.once(read_instances)
    assert answers.count("ec2:DescribeInstances") == 1
