"""What the network of an AWS account lets in, as it is set up; no packet is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posture.facts.aws.gap import Gap


@dataclass(frozen=True, slots=True)
class IngressRule:
    """One source that a rule of a security group lets in.

    `protocol` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` (all) or a number of IANA's. `first` and `last` are
    ports, both included; they mean nothing where the protocol has none. `source` is a CIDR, or the id of a prefix list
    (``pl-...``). Rules that let other security groups in are left out.
    """

    protocol: str
    first: int
    last: int
    source: str


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group with what it lets in."""

    id: str
    name: str
    region: str
    vpc: str
    rules: tuple[IngressRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A managed prefix list that a rule names, with its CIDRs. One of AWS's own (`of_aws`) has none here.

    `read` is false where its entries were not told; then there is a gap.
    """

    id: str
    region: str
    entries: tuple[str, ...] = ()
    of_aws: bool = False
    read: bool = True


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A network interface, and the security groups that guard it.

    `holder` is what it is attached to: an instance's id, or AWS's description (``ELB app/shop/...``,
    ``RDSNetworkInterface``); empty where it is attached to nothing. `addresses` are those of the internet that it has
    (public IPv4, IPv6), `reachable` those among them whose subnet has a route from an internet gateway, or whose routes
    are not known. `balancer`: of a load balancer, which answers at its listeners' ports alone.
    """

    id: str
    region: str
    groups: tuple[str, ...]
    holder: str
    addresses: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    balancer: bool = False


@dataclass(frozen=True, slots=True)
class AwsNetwork:
    """All regions that were read.

    `gaps` are of ec2:DescribeSecurityGroups, ec2:DescribeManagedPrefixLists, ec2:GetManagedPrefixListEntries,
    ec2:DescribeNetworkInterfaces and ec2:DescribeRouteTables.
    """

    account: str
    groups: tuple[SecurityGroup, ...]
    prefix_lists: tuple[PrefixList, ...]
    interfaces: tuple[NetworkInterface, ...]
    regions: tuple[str, ...]
    gaps: tuple[Gap, ...]
    observed: datetime
