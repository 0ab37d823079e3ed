"""Security groups: what counts as open, and how much it weighs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_aws_network import BALANCER, CARD, REGION, gap, network, rule

from checks.exposure.aws_security_group_open import aws_security_group_open
from checks.exposure.aws_world import width
from posture.sdk import Outcome, PrefixList, Severity


@pytest.fixture
def verdict(only):
    return lambda *args, **more: only(aws_security_group_open, network(*args, **more))


def services(verdict):
    return dict(verdict.details)["services"]


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ([rule(22)], ("SSH (22/tcp)",)),
        ([rule(22, "::/0")], ("SSH (22/tcp)",)),
        ([rule(22, "0.0.0.0/1", "128.0.0.0/1")], ("SSH (22/tcp)",)),
        ([rule(22, "0.0.0.0/1"), rule(22, "128.0.0.0/1", last=30)], ("SSH (22/tcp)", "Telnet (23/tcp)")),
        ([rule(22, "52.0.0.0/8")], ("SSH (22/tcp)",)),
        ([rule(22, *(f"52.{n}.0.0/16" for n in range(256)))], ("SSH (22/tcp)",)),
        ([rule(22, protocol="6")], ("SSH (22/tcp)",)),
        ([rule(11208, protocol="udp", last=11214)], ("Memcached (11211/udp)",)),
        ([rule(0, protocol="-1", last=65535)], ("all TCP ports", "all UDP ports")),
        ([rule(0, protocol="udp", last=65535), rule(23)], ("all UDP ports", "Telnet (23/tcp)")),
    ],
)
def test_open(verdict, rules, named):
    """Every family, split networks, ranges and protocols: each dangerous port that the world reaches is told once."""
    said = verdict(*rules)
    assert said.outcome is Outcome.FAIL
    assert services(said) == named


@pytest.mark.parametrize("number", [19, 53, 69, 111, 123, 137, 161, 389, 1900, 3702, 5353, 11211])
def test_ports_that_flood_others(verdict, number):
    """Each port of UDP that amplifies is told; over TCP alone the same number is another service, or none."""
    assert services(verdict(rule(number, protocol="udp")))[0].endswith(f"({number}/udp)")


@pytest.mark.parametrize(
    "rules",
    [
        [rule(443), rule(80), rule(25)],
        [rule(22, "198.51.100.7/32")],
        [rule(22, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")],
        [rule(22, "0.0.0.0/8", "224.0.0.0/4")],
        [rule(22, "52.0.0.0/9")],
        [rule(22, "2600:1f00::/24")],
        [rule(22, "52.0.0.0/9"), rule(22, "53.0.0.0/9", protocol="udp")],
        [rule(-1, protocol="icmp")],
        [rule(22, "pl-aws")],
        [],
    ],
)
def test_closed(verdict, rules):
    """The web, named and private networks, narrow ones, and lists of AWS's own networks are in order."""
    lists = (PrefixList("pl-aws", REGION, of_aws=True),)
    said = verdict(*rules, lists=lists)
    assert said.outcome is Outcome.PASS
    assert "1 security group" in said.summary


def test_prefix_lists(verdict):
    """The entries of the customer's own list count; a list that was not read leaves the group open to doubt."""
    said = verdict(rule(6379, "pl-1"), lists=(PrefixList("pl-1", REGION, ("0.0.0.0/1", "128.0.0.0/1")),))
    assert dict(said.details)["rules"] == (
        "IpProtocol=tcp,FromPort=6379,ToPort=6379,PrefixListIds=[{PrefixListId=pl-1}]",
    )
    doubt = verdict(rule(6379, "pl-1"), lists=(PrefixList("pl-1", REGION, read=False),))
    assert doubt.outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("interfaces", "severity"),
    [
        ((CARD,), Severity.CRITICAL),
        ((BALANCER,), Severity.MEDIUM),
        ((BALANCER, CARD), Severity.CRITICAL),
        (("inner",), Severity.LOW),
        ((), Severity.INFO),
    ],
)
def test_severity_follows_the_way_in(verdict, interfaces, severity):
    """The same rule is critical on a machine of the internet, medium on a load balancer, low inside, else info."""
    made = tuple(replace(CARD, reachable=()) if one == "inner" else one for one in interfaces)
    assert verdict(rule(22), rule(6379), interfaces=made).severity is severity


def test_a_part_of_the_internet_weighs_less(verdict):
    """A large public network is one step less than everybody."""
    assert verdict(rule(6379, "52.0.0.0/8")).severity is Severity.HIGH
    assert "a large public network" in verdict(rule(6379, "52.0.0.0/8")).summary


def test_what_is_not_known_counts_as_a_way(judged):
    """Without the interfaces the finding keeps its weight, and what was not read is told; a closed group needs none."""
    missing = (gap("ec2:DescribeNetworkInterfaces"), gap("ec2:DescribeRouteTables"))
    failed, unseen = judged(aws_security_group_open, network(rule(22), rule(6379), interfaces=(), gaps=missing))
    assert failed.severity is Severity.CRITICAL
    assert unseen.outcome is Outcome.NOT_ASSESSED
    (fine,) = judged(aws_security_group_open, network(rule(443), interfaces=(), gaps=missing))
    assert fine.outcome is Outcome.PASS
    (closed,) = judged(aws_security_group_open, network(rule(443), gaps=(gap("ec2:DescribeSecurityGroups"),)))
    assert closed.outcome is Outcome.NOT_ASSESSED
    assert "ec2:DescribeSecurityGroups" in closed.summary


def test_the_fewest_rules_are_to_be_taken_away(verdict):
    """A rule for one's own office stays, the one for everybody goes."""
    said = verdict(rule(22, "198.51.100.0/24", "0.0.0.0/0", "203.0.113.0/24"))
    assert dict(said.details)["rules"] == ("IpProtocol=tcp,FromPort=22,ToPort=22,IpRanges=[{CidrIp=0.0.0.0/0}]",)


def test_width_is_of_public_addresses():
    """Networks that overlap count once, and private ones not at all."""
    assert width(frozenset({"0.0.0.0/0", "52.0.0.0/8"})) == width(frozenset({"0.0.0.0/0"}))
    assert width(frozenset({"0.0.0.0/0"})).share == 1
    assert width(frozenset({"::/0"})).told == "the whole internet"
    assert width(frozenset({"10.0.0.0/8"})).v4 == 0
    assert width(frozenset({"11.0.0.0/8"})).wide
