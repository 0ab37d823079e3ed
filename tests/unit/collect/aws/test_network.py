"""Security groups, interfaces, routes and prefix lists of an account."""

from __future__ import annotations

from typing import Any

from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws.network import read_network
from posture.facts.aws.gap import Why
from posture.facts.aws.network import AwsNetwork, IngressRule


def network(source: Any) -> AwsNetwork:
    fact = read_network(asked(source))[AwsNetwork]
    assert isinstance(fact, AwsNetwork)
    return fact


def empty(**given: Any) -> Answers:
    """Nothing in the account but what is given, by operation."""
    return Answers(
        {
            "ec2:DescribeSecurityGroups": {"SecurityGroups": []},
            "ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": []},
            "ec2:DescribeRouteTables": {"RouteTables": []},
            **{f"ec2:{name}": answer for name, answer in given.items()},
        }
    )


def route_table(number: int, *gateways: str, **association: Any) -> dict[str, Any]:
    cidrs = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")
    routes = [
        {key: "0", "GatewayId": gateway, "State": "active"} for key, gateway in zip(cidrs, gateways, strict=False)
    ]
    return {"RouteTableId": f"rtb-{number}", "VpcId": "vpc-1", "Routes": routes, "Associations": [association]}


def card(subnet: str, **more: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": f"eni-{subnet}", "SubnetId": subnet, "VpcId": "vpc-1", "Status": "in-use",
        "Groups": [{"GroupId": "sg-1"}], "Description": "Primary network interface",
        "Association": {"PublicIp": "198.51.100.7"},
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::7"}, {"Ipv6Address": "fd00::7"}],
        "Attachment": {"InstanceId": f"i-{subnet}"}, **more,
    }  # fmt: skip


def test_on_the_server(aws_server: AwsServer):
    """A group with its rules, the machine it guards, and that the internet has a way to it; each question once."""
    number = "100000000411"
    ec2 = aws_server.client("ec2", number)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    group = ec2.create_security_group(GroupName="shop", Description="d", VpcId=vpc)["GroupId"]
    prefix = ec2.create_managed_prefix_list(
        PrefixListName="all", Entries=[{"Cidr": "0.0.0.0/0"}], MaxEntries=2, AddressFamily="IPv4"
    )["PrefixList"]["PrefixListId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": prefix}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        ],
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for subnet in subnets:
        own = {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": True, "Groups": [group]}
        ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, NetworkInterfaces=[own])
    aws_server.forget()
    fact = network(account_api(number))
    (shop,) = [one for one in fact.groups if one.id == group]
    assert set(shop.rules) == {IngressRule("tcp", 22, 22, prefix), IngressRule("-1", 0, 65535, "10.0.0.0/8")}
    (entries,) = fact.prefix_lists
    assert (entries.id, entries.entries, entries.read) == (prefix, ("0.0.0.0/0",), True)
    guarded = [one for one in fact.interfaces if group in one.groups]
    assert len(guarded) == 2
    assert all(one.addresses and one.holder.startswith("i-") for one in guarded)
    assert sum(bool(one.reachable) for one in guarded) == 1
    assert fact.gaps == ()
    assert {name: count for name, count in aws_server.calls.items() if "DescribeRegions" not in name} == {
        "sts:AssumeRole": 1,
        "ec2:DescribeSecurityGroups": 1,
        "ec2:DescribeNetworkInterfaces": 1,
        "ec2:DescribeRouteTables": 1,
        "ec2:DescribeManagedPrefixLists": 1,
        "ec2:GetManagedPrefixListEntries": 1,
    }


def test_the_way_in_is_by_family_and_by_the_subnets_own_table():
    """A subnet's own table counts before the VPC's main one; IPv6 has routes of its own; eigw and NAT let none in.

    Behind a firewall in the way the internet gateway is the firewall's; a gateway endpoint leads to a service of AWS.
    """
    storage = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-2", "State": "active"}
    fact = network(
        empty(
            DescribeNetworkInterfaces={"NetworkInterfaces": [card(name) for name in ("own", "other", "out", "walled")]},
            DescribeRouteTables={
                "RouteTables": [
                    route_table(1, "igw-1", "igw-1", Main=True),
                    route_table(2, "igw-1", "eigw-1", SubnetId="own"),
                    {**(out := route_table(3, "nat-1", SubnetId="out")), "Routes": [*out["Routes"], storage]},
                    route_table(4, "vpce-1", SubnetId="walled"),
                ]
            },
        )
    )
    reachable = {one.id: one.reachable for one in fact.interfaces}
    assert all("fd00::7" not in one.addresses for one in fact.interfaces)
    assert reachable == {
        "eni-own": ("198.51.100.7",),
        "eni-other": ("198.51.100.7", "2001:db8::7"),
        "eni-out": (),
        "eni-walled": ("198.51.100.7",),
    }


def test_without_the_routes_an_address_counts_as_reachable():
    """Route tables that may not be read are a gap; the address of the internet stays one."""
    answers = empty(
        DescribeNetworkInterfaces={"NetworkInterfaces": [card("own")]}, DescribeRouteTables=Answers.refused()
    )
    fact = network(answers)
    assert fact.interfaces[0].reachable == ("198.51.100.7", "2001:db8::7")
    assert [(gap.action, gap.why) for gap in fact.gaps] == [("ec2:DescribeRouteTables", Why.DENIED)]


def test_what_holds_an_interface():
    """A load balancer's interface is told as one; one that is attached to nothing has no holder."""
    balancer = card("a", Attachment={"InstanceOwnerId": "amazon-elb"}, Description="ELB app/shop/50dc6c495c0c9188")
    free = card("b", Status="available", Description="old")
    del free["Attachment"]
    fact = network(empty(DescribeNetworkInterfaces={"NetworkInterfaces": [balancer, free]}))
    assert [(one.holder, one.balancer) for one in fact.interfaces] == [
        ("ELB app/shop/50dc6c495c0c9188", True),
        ("", False),
    ]


def test_lists_of_aws_are_not_read_and_unread_ones_are_gaps():
    """Entries are asked of the customer's own lists alone; one that may not be read is told as that."""
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-aws"},
                                                                              {"PrefixListId": "pl-own"}]}  # fmt: skip
    answers = empty(
        DescribeSecurityGroups={"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [rule]}]},
        DescribeManagedPrefixLists={"PrefixLists": [{"PrefixListId": "pl-aws", "OwnerId": "AWS"}]},
    )
    fact = network(answers)
    assert [(one.id, one.of_aws, one.read) for one in fact.prefix_lists] == [
        ("pl-aws", True, True),
        ("pl-own", False, False),
    ]
    assert [(gap.action, gap.about) for gap in fact.gaps] == [("ec2:GetManagedPrefixListEntries", "pl-own")]
