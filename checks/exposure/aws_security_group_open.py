from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.aws import unseen
from checks.exposure.aws_ports import PORTS, Port
from checks.exposure.aws_world import Openness, Width, lists_of, openness
from checks.wording import count, listed
from posture.sdk import (
    AwsNetwork,
    Evidence,
    IngressRule,
    Iterator,
    NetworkInterface,
    SecurityGroup,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

_GROUPS = ("ec2:DescribeSecurityGroups", "ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries")
_CARDS = "ec2:DescribeNetworkInterfaces"
_NAMED = 8  # services in one sentence
_MOST = 10  # rules with a command of their own
_LESS = {Severity.CRITICAL: Severity.HIGH, Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW}


@check(
    "exposure.aws-security-group-open",
    title="A security group opens dangerous ports to the internet",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4",
        "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:CM-7", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.2", "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def aws_security_group_open(network: AwsNetwork) -> Iterator[Verdict]:
    """A security group lets the internet in to ports of databases, remote control, file shares or UDP amplifiers.

    Judged is the configuration; no packet is sent. One finding a group tells every such service. The sources of all
    rules for a port count together, IPv4 and IPv6, with the entries of the customer's own prefix lists: two rules with
    0.0.0.0/1 and 128.0.0.0/1 are everybody. What is as wide as a public /8 (IPv6: /16) is told; below half of the
    internet it weighs one step less. Rules for all protocols and for ranges count for each port in them. UDP ports are
    judged besides TCP: they flood others. Ports of web servers and mail servers, and ports that are not known, are not
    told.

    The severity is that of the worst service where the group guards an interface with an address of the internet whose
    subnet has a route from an internet gateway; medium at most where all such interfaces are of load balancers, which
    answer at their listeners' ports alone; low where none of its interfaces has a way from the internet; info where it
    guards nothing. What could not be read counts as a way.

    It can be wrong where a network ACL, VPC Block Public Access or a firewall on the machine stops the packets, where
    nothing listens at the port, and where DNS or NTP are meant for everybody. An interface without an address of its
    own can be reached through a network load balancer or Global Accelerator: then low is too little.
    """
    lists = lists_of(network)
    found = False
    doubts = []
    for group in network.groups:
        rules = openness(group, lists)
        if services := _services(rules):
            found = True
            yield _failure(group, rules, services, network)
        elif rules.unknown:
            doubts.append(group.id)
    gaps = [gap for gap in network.gaps if gap.action in _GROUPS or found]
    yield from unseen(gaps)
    if doubts:
        yield not_assessed(f"The sources of rules of {listed(doubts)} could not all be read")
    if not (found or gaps or doubts):
        where = listed(network.regions)
        if network.groups:
            yield passed(f"None of {count(len(network.groups), 'security group')} opens a dangerous port ({where})")
        else:
            yield not_applicable(f"There is no security group ({where})")


def _services(rules: Openness) -> list[tuple[Port, Width]]:
    """The dangerous ports that are open to the world, and how wide."""
    if not rules.most.wide:
        return []
    every = ((port, rules.at(port.protocol, port.number, port.number)) for port in PORTS)
    return [(port, width) for port, width in every if width.wide]


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far what the group guards can be reached: `problem` chooses the text, `words` end the sentence."""

    problem: str
    words: str
    holders: tuple[str, ...] = ()


def _failure(group: SecurityGroup, rules: Openness, services: list[tuple[Port, Width]], network: AwsNetwork) -> Verdict:
    reach = _reach(group, network)
    widest = max((width for _, width in services), key=lambda width: width.share)
    blamed = rules.to_blame((port.protocol, port.number) for port, _ in services)
    names = _names(rules, services)
    first = services[0][0]
    return fail(
        f"Security group {_called(group)} in {group.region} lets {widest.told} in to {listed(names, _NAMED)}; "
        f"it guards {reach.words}",
        subject=f"{group.region} {group.id}",
        severity=max(_severity(port, width, reach) for port, width in services),
        evidence=_evidence(group, blamed, reach, network),
        group=group.id,
        name=group.name,
        region=group.region,
        services=tuple(names),
        width=widest.told,
        problem=reach.problem,
        holders=reach.holders[:_NAMED],
        rules=tuple(map(_permission, blamed[:_MOST])),
        more=max(0, len(blamed) - _MOST),
        port=first.number,
        protocol=first.protocol,
        ssh=any(one.number in {22, 3389} for one, _ in services),
    )


def _severity(port: Port, width: Width, reach: _Reach) -> Severity:
    if reach.problem == "free":
        return Severity.INFO
    if reach.problem == "inner":
        return Severity.LOW
    severity = port.severity if width.share >= 0.5 else _LESS[port.severity]
    return min(severity, Severity.MEDIUM) if reach.problem == "balancer" else severity


def _reach(group: SecurityGroup, network: AwsNetwork) -> _Reach:
    """What the group guards, the nearest to the internet first."""
    mine = [one for one in network.interfaces if one.region == group.region and group.id in one.groups]
    open_ = [one for one in mine if one.reachable]
    own = [one for one in open_ if not one.balancer]
    if own:
        return _Reach("reachable", f"{_held(own)} with a way from the internet", _holders(own))
    if any(gap.action == _CARDS and gap.region in {group.region, ""} for gap in network.gaps):
        return _Reach("unknown", "what was not told")
    if open_:
        return _Reach("balancer", f"{_held(open_)} of load balancers", _holders(open_))
    if held := [one for one in mine if one.holder]:
        return _Reach("inner", f"{_held(held)}, none with a way from the internet", _holders(held))
    return _Reach("free", "nothing now")


def _held(interfaces: list[NetworkInterface]) -> str:
    return count(len(interfaces), "network interface")


def _holders(interfaces: Iterable[NetworkInterface]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.holder or one.id for one in interfaces))


def _names(rules: Openness, services: list[tuple[Port, Width]]) -> list[str]:
    """The services by name; where whole protocols are open, these first."""
    whole = [name for name in ("tcp", "udp") if rules.at(name, 0, 65535).wide]
    told = [f"all {name.upper()} ports" for name in whole]
    return [*told, *(str(port) for port, _ in services if port.protocol not in whole)] or told


def _called(group: SecurityGroup) -> str:
    return f"{group.id} ({group.name})" if group.name else group.id


def _evidence(group: SecurityGroup, blamed: list[IngressRule], reach: _Reach, network: AwsNetwork) -> list[Evidence]:
    rules = "\n".join(f"{rule.protocol} {rule.first}-{rule.last} from {rule.source}" for rule in blamed[:_MOST])
    guarded = f"\nguards: {listed(reach.holders, _NAMED)}" if reach.holders else ""
    told = f"{group.region} {_called(group)}, as configured:\n{rules}{guarded}"
    return [Evidence("ec2:DescribeSecurityGroups", told, network.observed)]


def _permission(rule: IngressRule) -> str:
    """The rule in the short form of the AWS CLI's option --ip-permissions."""
    source = f"IpRanges=[{{CidrIp={rule.source}}}]"
    if rule.source.startswith("pl-"):
        source = f"PrefixListIds=[{{PrefixListId={rule.source}}}]"
    elif ":" in rule.source:
        source = f"Ipv6Ranges=[{{CidrIpv6={rule.source}}}]"
    if rule.protocol == "-1":
        return f"IpProtocol=-1,{source}"
    return f"IpProtocol={rule.protocol},FromPort={rule.first},ToPort={rule.last},{source}"
