"""Security groups, what they guard, and whether the internet has a way there: one question of each kind a region.

Source: Amazon EC2 API Reference, DescribeSecurityGroups, DescribeNetworkInterfaces, DescribeRouteTables,
DescribeManagedPrefixLists, GetManagedPrefixListEntries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from posture.collect.aws.api import Call, Listing
from posture.collect.aws.asked import Asked
from posture.collect.aws.fields import Item, flag, items, number, public_v6, text
from posture.collect.aws.regional import listed
from posture.facts.aws.gap import Gap, Why
from posture.facts.aws.network import AwsNetwork, IngressRule, NetworkInterface, PrefixList, SecurityGroup
from posture.facts.factset import Facts

_BALANCERS = frozenset({"load_balancer", "network_load_balancer", "gateway_load_balancer"})
_MOST_RULES = 1_000  # AWS lets one interface have as many

Routed = Mapping[tuple[str, str], tuple[bool, bool]]
"""(region, subnet, or VPC for subnets without a table of their own) -> whether IPv4, and IPv6, have a way in."""


def read_network(asked: Asked) -> Facts:
    """`AwsNetwork`."""
    told = listed(asked, Call("ec2", "DescribeSecurityGroups", {"MaxResults": 1000}), "SecurityGroups")
    groups = tuple(_group(one, region) for region, one in told.items if text(one, "GroupId"))
    cut = [_too_many(one, region) for region, one in told.items if _length(one) > _MOST_RULES]
    lists, list_gaps = _prefix_lists(asked, groups)
    cards = listed(asked, Call("ec2", "DescribeNetworkInterfaces", {"MaxResults": 1000}), "NetworkInterfaces")
    tables = listed(asked, Call("ec2", "DescribeRouteTables", {"MaxResults": 100}), "RouteTables")
    routed = _routed(tables.items)
    interfaces = tuple(_interface(one, region, routed) for region, one in cards.items)
    gaps = (*told.gaps, *cut, *list_gaps, *cards.gaps, *tables.gaps)
    return {AwsNetwork: AwsNetwork(asked.api.account, groups, lists, interfaces, asked.api.regions, gaps, asked.at)}


def _group(one: Item, region: str) -> SecurityGroup:
    rules = tuple(_rules(one))[:_MOST_RULES]
    return SecurityGroup(text(one, "GroupId"), text(one, "GroupName"), region, text(one, "VpcId"), rules)


def _rules(group: Item) -> Iterator[IngressRule]:
    for rule in items(group, "IpPermissions"):
        first, last = number(rule, "FromPort"), number(rule, "ToPort")
        ports = (0, 65535) if first is None or last is None else (first, last)
        sources = (
            *(text(source, "CidrIp") for source in items(rule, "IpRanges")),
            *(text(source, "CidrIpv6") for source in items(rule, "Ipv6Ranges")),
            *(text(source, "PrefixListId") for source in items(rule, "PrefixListIds")),
        )
        yield from (IngressRule(text(rule, "IpProtocol").lower(), *ports, source) for source in sources if source)


def _length(group: Item) -> int:
    return sum(1 for _ in _rules(group))


def _too_many(group: Item, region: str) -> Gap:
    return Call("ec2", "DescribeSecurityGroups", region=region, about=text(group, "GroupId")).gap(Why.LIMIT)


def _prefix_lists(asked: Asked, groups: Iterable[SecurityGroup]) -> tuple[tuple[PrefixList, ...], tuple[Gap, ...]]:
    """Those that rules name, with the entries of the customer's own; regions without such rules are not asked."""
    named = {(group.region, rule.source) for group in groups for rule in group.rules if rule.source.startswith("pl-")}
    regions = sorted({region for region, _ in named})

    def owners(region: str) -> tuple[str, Listing]:
        return region, asked.api.listing(Call("ec2", "DescribeManagedPrefixLists", region=region), "PrefixLists")

    answers, gaps = asked.api.each(owners, regions)
    of_aws = {
        (region, text(one, "PrefixListId"))
        for region, listing in answers
        for one in listing.items
        if text(one, "OwnerId") == "AWS"
    }

    def entries(place: tuple[str, str]) -> tuple[PrefixList, tuple[Gap, ...]]:
        region, prefix = place
        call = Call("ec2", "GetManagedPrefixListEntries", {"PrefixListId": prefix}, region, prefix)
        listing = asked.api.listing(call, "Entries")
        cidrs = tuple(filter(None, (text(one, "Cidr") for one in listing.items)))
        return PrefixList(prefix, region, cidrs, read=not listing.gaps), listing.gaps

    own, more = asked.api.each(entries, sorted(named - of_aws))
    lists = (
        *(PrefixList(prefix, region, of_aws=True) for region, prefix in sorted(named & of_aws)),
        *(one for one, _ in own),
    )
    told = (gap for _, listing in answers for gap in listing.gaps)
    return lists, (*gaps, *told, *more, *(gap for _, missing in own for gap in missing))


def _routed(tables: Iterable[tuple[str, Item]]) -> Routed:
    routed: dict[tuple[str, str], tuple[bool, bool]] = {}
    for region, table in tables:
        ways = _ways(table)
        for place in items(table, "Associations"):
            if flag(place, "Main"):
                routed[region, text(table, "VpcId")] = ways
            elif text(place, "SubnetId"):
                routed[region, text(place, "SubnetId")] = ways
    return routed


def _ways(table: Item) -> tuple[bool, bool]:
    """Whether IPv4, and IPv6, have a route to an internet gateway: what can leave by it can be reached by it.

    A route to a firewall's endpoint (``vpce-``, not the list of addresses of a gateway endpoint) leads on to one.
    """
    routes = [route for route in items(table, "Routes") if text(route, "State") != "blackhole"]
    out = [route for route in routes if text(route, "GatewayId").startswith("igw-")]
    by_list = any(text(route, "DestinationPrefixListId") for route in out)
    out += [route for route in routes if text(route, "GatewayId").startswith("vpce-")]
    return (
        by_list or any(text(route, "DestinationCidrBlock") for route in out),
        by_list or any(text(route, "DestinationIpv6CidrBlock") for route in out),
    )


def _interface(one: Item, region: str, routed: Routed) -> NetworkInterface:
    subnet, vpc = (region, text(one, "SubnetId")), (region, text(one, "VpcId"))
    way4, way6 = routed.get(subnet) or routed.get(vpc) or (True, True)
    way6 = way6 and not flag(one, "DenyAllIgwTraffic")
    v4, v6 = tuple(dict.fromkeys(_public(one))), public_v6(one)
    description = text(one, "Description")
    attached = text(one, "Status") in {"in-use", "attaching"} or "Attachment" in one
    instance = text(one, "Attachment", "InstanceId")
    return NetworkInterface(
        id=text(one, "NetworkInterfaceId"),
        region=region,
        groups=tuple(filter(None, (text(group, "GroupId") for group in items(one, "Groups")))),
        holder=instance or ((description or text(one, "InterfaceType") or "an AWS service") if attached else ""),
        addresses=(*v4, *v6),
        reachable=(*(v4 if way4 else ()), *(v6 if way6 else ())),
        balancer=text(one, "InterfaceType") in _BALANCERS or description.startswith("ELB "),
    )


def _public(interface: Item) -> Iterator[str]:
    for holder in (interface, *items(interface, "PrivateIpAddresses")):
        if address := text(holder, "Association", "PublicIp"):
            yield address
