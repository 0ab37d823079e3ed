"""Whether a flow of Keycloak lets anybody in without a second factor.

Server Administration Guide, "Authentication flows": of the executions of one flow all that are REQUIRED must succeed;
where there are none, one ALTERNATIVE is enough; beside REQUIRED ones ALTERNATIVE ones are not executed. A CONDITIONAL
subflow is passed over when one of its conditions is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from posture.collect.accounts.fields import Item, flag, items, number, raw

_FACTORS: Final = frozenset({
    "auth-otp-form", "webauthn-authenticator", "webauthn-authenticator-passwordless",
})  # fmt: skip
_ELSEWHERE: Final = frozenset({"auth-cookie", "identity-provider-redirector"})
"""A session that began with a login, and the login at another provider: no ways around a factor of this flow."""
_FIRST: Final = frozenset({
    "auth-username-password-form", "auth-username-form", "auth-password-form", "auth-spnego", "reset-credentials",
    "auth-x509-client-username-form", "auth-recovery-authn-code-form", "idp-review-profile", "organization",
})  # fmt: skip
"""Known executions that are no second factor of their own."""
_ENROLLED: Final = frozenset({"conditional-user-configured", "conditional-credential"})
"""Conditions that hold only for who has set up a factor."""


@dataclass(slots=True)
class _Node:
    requirement: str
    provider: str
    flow: bool
    children: list[_Node] = field(default_factory=list)


def required_by(executions: Any) -> bool | None:
    """Whether every way through the flow takes a second factor; None where that cannot be told.

    Args:
        executions: what `GET /authentication/flows/{alias}/executions` answers: all levels in one list.
    """
    tree = _tree(list(items({"all": executions}, "all")))
    return None if not tree else _flow(tree)


def _tree(executions: Sequence[Item]) -> list[_Node]:
    top: list[_Node] = []
    path: list[_Node] = []
    for one in executions:
        level = int(number(one, "level") or 0)
        node = _Node(raw(one, "requirement"), raw(one, "providerId"), flag(one, "authenticationFlow") is True)
        if not 0 <= level <= len(path):
            return []
        del path[level:]
        (path[-1].children if path else top).append(node)
        path.append(node)
    return top


def _flow(children: Sequence[_Node]) -> bool | None:
    required = [node for node in children if node.requirement == "REQUIRED"]
    conditional = [node for node in children if node.requirement == "CONDITIONAL"]
    if required or conditional:
        answers = [_takes(node) for node in required] + [_conditional(node) for node in conditional]
        return True if True in answers else None if None in answers else False
    ways = [n for n in children if n.requirement == "ALTERNATIVE" and n.provider not in _ELSEWHERE]
    answers = [_takes(node) for node in ways]
    return False if False in answers else None if None in answers or not answers else True


def _takes(node: _Node) -> bool | None:
    if node.flow:
        return _flow(node.children)
    if node.provider in _FACTORS:
        return True
    return False if node.provider in _FIRST | _ELSEWHERE or node.provider.startswith("conditional-") else None


def _conditional(node: _Node) -> bool | None:
    """A subflow that is passed over where a condition does not hold: for who has no factor, or for some roles only."""
    used = [one for one in node.children if one.requirement != "DISABLED"]
    conditions = [one for one in used if one.provider.startswith("conditional-")]
    inside = _flow([one for one in used if one not in conditions])
    if inside is False or any(one.provider in _ENROLLED for one in conditions):
        return False
    return None if conditions else inside
