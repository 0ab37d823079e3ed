"""The virtual machines of an AWS account, in all regions at once.

Source: Amazon EC2 API Reference, DescribeInstances, Instance, InstanceMetadataOptionsResponse.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, arn, items, moment, number, public_v6, tag, text
from posture.collect.aws.regional import listed
from posture.facts.aws.instances import Ec2Instance, Ec2Instances
from posture.facts.factset import Facts

_GONE = frozenset({"terminated", "shutting-down"})
_SCALING = "aws:autoscaling:groupName"


def read_instances(asked: Asked) -> Facts:
    """`Ec2Instances`. Another reader that needs them asks ``asked.once(read_instances)``: nothing is sent twice."""
    told = listed(asked, Call("ec2", "DescribeInstances", {"MaxResults": 1000}), "Reservations")
    found = [
        _instance(one, region)
        for region, reservation in told.items
        for one in items(reservation, "Instances")
        if text(one, "InstanceId") and text(one, "State", "Name") not in _GONE
    ]
    return {Ec2Instances: Ec2Instances(asked.api.account, tuple(found), asked.api.regions, told.gaps, asked.at)}


def _instance(one: Item, region: str) -> Ec2Instance:
    return Ec2Instance(
        id=text(one, "InstanceId"),
        name=tag(one, "Name"),
        region=region,
        state=text(one, "State", "Name"),
        launched=moment(one, "LaunchTime"),
        image=text(one, "ImageId"),
        system=text(one, "PlatformDetails") or text(one, "Platform"),
        vpc=text(one, "VpcId"),
        subnet=text(one, "SubnetId"),
        security_groups=tuple(dict.fromkeys(_groups(one))),
        public_addresses=tuple(dict.fromkeys(_public(one))),
        profile=arn(one, "IamInstanceProfile", "Arn"),
        group=tag(one, _SCALING),
        metadata=text(one, "MetadataOptions", "HttpEndpoint") != "disabled",
        metadata_tokens=text(one, "MetadataOptions", "HttpTokens"),
        metadata_hops=number(one, "MetadataOptions", "HttpPutResponseHopLimit") or 0,
    )


def _groups(one: Item) -> Iterator[str]:
    for holder in (one, *items(one, "NetworkInterfaces")):
        for group in (*items(holder, "SecurityGroups"), *items(holder, "Groups")):
            if text(group, "GroupId"):
                yield text(group, "GroupId")


def _public(one: Item) -> Iterator[str]:
    if address := text(one, "PublicIpAddress"):
        yield address
    for interface in items(one, "NetworkInterfaces"):
        if address := text(interface, "Association", "PublicIp"):
            yield address
        for private in items(interface, "PrivateIpAddresses"):
            if address := text(private, "Association", "PublicIp"):
                yield address
        yield from public_v6(interface)
