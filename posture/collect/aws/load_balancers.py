"""Load balancers of an AWS account, of both generations, with their listeners.

Sources: Elastic Load Balancing API Reference (2015-12-01), LoadBalancer, Listener, RedirectActionConfig; (2012-06-01),
LoadBalancerDescription, DescribeLoadBalancerPolicies.
"""

from __future__ import annotations

from collections.abc import Iterator

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.fields import Item, arn, items, number, text, texts
from posture.collect.aws.regional import listed
from posture.facts.aws.endpoints import Listener, LoadBalancer, LoadBalancers
from posture.facts.aws.gap import Gap
from posture.facts.factset import Facts

_SECURE = frozenset({"HTTPS", "SSL"})
_REFERENCE = "Reference-Security-Policy"  # a policy that takes one of AWS's own
_PROTOCOL = "Protocol-"

Found = tuple[LoadBalancer, tuple[Gap, ...]]
Meaning = tuple[str, tuple[str, ...]]
"""The name of AWS's own policy, empty for a custom one, and the versions it accepts."""


def read_load_balancers(asked: Asked) -> Facts:
    """`LoadBalancers`."""
    newer = listed(asked, Call("elbv2", "DescribeLoadBalancers"), "LoadBalancers")
    older = listed(asked, Call("elb", "DescribeLoadBalancers"), "LoadBalancerDescriptions")
    new, gaps = asked.api.each(lambda place: _newer(asked, *place), newer.items)
    old, more = asked.api.each(lambda place: _classic(asked, *place), older.items)
    balancers = tuple(one for one, _ in (*new, *old))
    missing = (gap for _, some in (*new, *old) for gap in some)
    every = (*newer.gaps, *older.gaps, *gaps, *more, *missing)
    return {LoadBalancers: LoadBalancers(asked.api.account, balancers, asked.api.regions, every, asked.at)}


def _newer(asked: Asked, region: str, one: Item) -> Found:
    name = text(one, "LoadBalancerName")
    call = Call(
        "elbv2", "DescribeListeners", {"LoadBalancerArn": arn(one, "LoadBalancerArn")}, region, name,
        ("LoadBalancerNotFound",),
    )  # fmt: skip
    told = asked.api.listing(call, "Listeners")
    balancer = LoadBalancer(
        kind=text(one, "Type") or "application",
        name=name,
        arn=arn(one, "LoadBalancerArn"),
        region=region,
        internet=text(one, "Scheme") != "internal",
        listeners=tuple(_listener(each) for each in told.items if isinstance(each, dict)),
        complete=not told.gaps,
    )
    return balancer, told.gaps


def _listener(one: Item) -> Listener:
    actions = list(items(one, "DefaultActions"))
    status = [text(action, "FixedResponseConfig", "StatusCode") for action in actions]
    return Listener(
        port=number(one, "Port") or 0,
        protocol=text(one, "Protocol").upper(),
        arn=arn(one, "ListenerArn"),
        policy=text(one, "SslPolicy"),
        redirects=any(text(action, "RedirectConfig", "Protocol").upper() == "HTTPS" for action in actions),
        refuses=any(code[:1] in {"4", "5"} for code in status),
    )


def _classic(asked: Asked, region: str, one: Item) -> Found:
    name = text(one, "LoadBalancerName")
    plain = [(text(each, "Listener", "Protocol").upper(), each) for each in items(one, "ListenerDescriptions")]
    meanings: dict[str, Meaning] = {}
    gaps: tuple[Gap, ...] = ()
    if any(protocol in _SECURE for protocol, _ in plain):
        try:
            call = Call("elb", "DescribeLoadBalancerPolicies", {"LoadBalancerName": name}, region, name)
            meanings = dict(_meanings(asked.api.ask(call)))
        except Unanswered as unanswered:
            gaps = (unanswered.gap,)
    balancer = LoadBalancer(
        kind="classic",
        name=name,
        arn="",
        region=region,
        internet=text(one, "Scheme") != "internal",
        listeners=tuple(_classic_listener(protocol, each, meanings) for protocol, each in plain),
        complete=not gaps,
    )
    return balancer, gaps


def _classic_listener(protocol: str, one: Item, meanings: dict[str, Meaning]) -> Listener:
    policy, versions = next((meanings[name] for name in texts(one, "PolicyNames") if name in meanings), ("", ()))
    return Listener(number(one, "Listener", "LoadBalancerPort") or 0, protocol, policy=policy, versions=versions)


def _meanings(answer: Item) -> Iterator[tuple[str, Meaning]]:
    for policy in items(answer, "PolicyDescriptions"):
        if text(policy, "PolicyTypeName") != "SSLNegotiationPolicyType":
            continue
        said = [
            (text(one, "AttributeName"), text(one, "AttributeValue"))
            for one in items(policy, "PolicyAttributeDescriptions")
        ]
        reference = next((value for name, value in said if name == _REFERENCE), "")
        versions = tuple(name.removeprefix(_PROTOCOL) for name, value in said if _on(name, value))
        yield text(policy, "PolicyName"), (reference, versions)


def _on(name: str, value: str) -> bool:
    return name.startswith(_PROTOCOL) and value.lower() == "true"
