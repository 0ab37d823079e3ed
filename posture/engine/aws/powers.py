"""What the principals of an account may do, as a fact."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from posture.engine.aws.conditions import in_words
from posture.engine.aws.documents import Condition
from posture.engine.aws.escalation import Search, Way, told
from posture.engine.aws.principals import Account, Principal, Things
from posture.engine.aws.worlds import WITHOUT, Factor, with_factor
from posture.facts.aws.iam import IamAuthorizations
from posture.facts.aws.powers import AwsPowers, Level, PolicyRef, PrincipalPower
from posture.model.text import visible

_ORDER = (Level.LIMITED, Level.ESCALATION, Level.ADMIN)
_MOST_WILDCARDS = 50


def powers(said: IamAuthorizations, things: Things | None = None) -> AwsPowers:
    """Every user and role with how far its permissions reach; `things` as Account has them."""
    account = Account(said, things)
    given = Search(account, Factor.GIVEN)
    without = [Search(account, factor) for factor in WITHOUT] if account.mentions_factor else [given]
    principals = tuple(_power(one, given, without) for one in account.principals)
    return AwsPowers(principals, (*said.gaps, *account.policies.gaps()), said.observed)


def _power(one: Principal, given: Search, without: list[Search]) -> PrincipalPower:
    searches = (given, *(search for search in without if search is not given))
    best = max(searches, key=lambda search: _ORDER.index(_level(one, search)))
    level = _level(one, best)
    least = max((_level(one, search) for search in without), key=_ORDER.index)
    ways = best.ways.get(one.arn, [])
    wildcards: tuple[str, ...] = ()
    if level is Level.ADMIN:
        policies, unclear = best.admins[one.arn].policies, best.admins[one.arn].unclear
    elif ways:
        policies, unclear = _together(ways)
    if level is not Level.ADMIN:
        wildcards, granting, conditions = _wildcards(one)
        if not ways:
            policies, unclear = granting, conditions
    return PrincipalPower(
        one.kind, one.name, one.arn, level, least, tuple(map(str, policies)), told(ways), wildcards,
        _unclear(one, unclear), policies, one.unread, one.reserved,
    )  # fmt: skip


def _level(one: Principal, search: Search) -> Level:
    if one.arn in search.admins:
        return Level.ADMIN
    return Level.ESCALATION if one.arn in search.ways else Level.LIMITED


def _together(ways: Iterable[Way]) -> tuple[tuple[PolicyRef, ...], tuple[Condition, ...]]:
    policies = dict.fromkeys(ref for way in ways for ref in way.policies)
    return tuple(policies), tuple(dict.fromkeys(condition for way in ways for condition in way.unclear))


def _unclear(one: Principal, conditions: tuple[Condition, ...]) -> str:
    parts = [f"taken as met: {'; '.join(in_words(conditions))}"] if conditions else []
    if one.unread:
        parts.append(f"not known: {', '.join(one.unread[:4])}")
    return visible("; ".join(parts), 400)


def _wildcards(one: Principal) -> tuple[tuple[str, ...], tuple[PolicyRef, ...], tuple[Condition, ...]]:
    """Services that it is granted whole, on all resources, with a second factor or without."""
    services = {
        pattern.rstrip("*").rstrip(":")
        for statement in one.rights.statements
        if statement.statement.allows and not statement.statement.but_actions
        for pattern in statement.statement.actions
        if pattern.endswith("*") and pattern.rstrip("*").endswith(":")
    }
    context = with_factor(one.context, Factor.GIVEN)
    found = {}
    for service in islice(sorted(services), _MOST_WILDCARDS):
        resource = f"arn:{one.partition}:{service}:us-east-1:000000000000:posture-asks"
        if grant := one.rights.granted(f"{service}:postureasks", resource, context):
            found[f"{service}:*"] = grant
    policies = dict.fromkeys(ref for grant in found.values() for ref in grant.policies)
    unclear = dict.fromkeys(condition for grant in found.values() for condition in grant.unclear)
    return tuple(found), tuple(policies), tuple(unclear)
