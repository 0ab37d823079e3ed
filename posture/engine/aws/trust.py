"""Whom the trust policy of a role lets in from its own account."""

from __future__ import annotations

from enum import Enum

from posture.engine.aws.conditions import Context, Truth, met
from posture.engine.aws.documents import Condition, Statement
from posture.engine.aws.patterns import matches
from posture.engine.aws.principals import Principal

ASSUME = "sts:assumerole"


class Named(Enum):
    """How a trust policy means a principal of the same account."""

    NO = "no"
    ACCOUNT = "account"  # its account: the principal needs a permission of its own as well
    ANYONE = "anyone"
    ITSELF = "itself"  # then it needs no permission


def trusts_service(role: Principal, service: str) -> bool:
    """Whether the role may be given to this service, e.g. ``lambda.amazonaws.com``; China's end in ``.cn``."""
    return any(
        statement.allows
        and statement.principals is not None
        and not statement.but_principals
        and statement.about(ASSUME)
        and any(matches(one.removesuffix(".cn"), service) for one in statement.principals.services)
        for statement in role.trust.statements
    )


def trusts(role: Principal, principal: Principal, context: Context) -> tuple[Named, tuple[Condition, ...]]:
    """How the role's trust policy means the principal, and the conditions that were taken as met."""
    best: Named = Named.NO
    unclear: tuple[Condition, ...] = ()
    for statement in role.trust.statements:
        if not statement.about(ASSUME):
            continue
        named = _named(statement, principal)
        if named is Named.NO:
            continue
        answer = met(statement.conditions, context, wanted=statement.allows)
        if not statement.allows and answer.truth is Truth.YES:
            return Named.NO, ()
        if statement.allows and answer.truth is not Truth.NO and _WEIGHT[named] > _WEIGHT[best]:
            best, unclear = named, answer.by
    return best, unclear


_WEIGHT = {Named.NO: 0, Named.ACCOUNT: 1, Named.ANYONE: 2, Named.ITSELF: 3}


def _named(statement: Statement, principal: Principal) -> Named:
    if statement.principals is None:
        return Named.NO
    account = principal.arn.split(":")[4] if principal.arn.count(":") >= 5 else ""
    best = max((_means(one, principal, account) for one in statement.principals.aws), key=_WEIGHT.__getitem__,
               default=Named.NO)  # fmt: skip
    if statement.but_principals:
        return Named.ANYONE if best is Named.NO else Named.NO
    return best


def _means(said: str, principal: Principal, account: str) -> Named:
    if said == "*":
        return Named.ANYONE
    if said == principal.arn or (principal.kind == "role" and f":assumed-role/{principal.name}/" in said
                                 and said.split(":")[4:5] == [account]):  # fmt: skip
        return Named.ITSELF
    if said == account or (said.endswith(":root") and said.split(":")[4:5] == [account]):
        return Named.ACCOUNT
    return Named.NO
