"""What a principal may do: all its policies together, less what is denied, cut by its permissions boundary.

Source: IAM User Guide, "Policy evaluation logic". Policies of the organization (SCP) are not known and cut nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from posture.engine.aws.conditions import Context, Special, Truth, Value, met
from posture.engine.aws.documents import Condition, Statement
from posture.engine.aws.patterns import common, filled, has_variable, matches, variables_of
from posture.facts.aws.powers import PolicyRef


class Held(NamedTuple):
    """A statement that a principal has. `resources` are its own, with the principal's values in place of variables."""

    policy: PolicyRef
    statement: Statement
    resources: tuple[str, ...]
    guessed: bool = False  # a variable whose value is not known stands for anything

    def on(self, resource: str) -> bool:
        """Whether it is about this resource."""
        return any(matches(one, resource) for one in self.resources) is not self.statement.but_resources


def held(policy: PolicyRef, statement: Statement, variables: Context) -> Held:
    """A statement with the principal's own values. One that is not known widens a permission and voids a denial."""
    if not statement.variables or not any(map(has_variable, statement.resources)):
        return Held(policy, statement, statement.resources)

    widen = statement.allows is not statement.but_resources
    found: list[str] = []
    guessed = False
    for pattern in statement.resources:
        text = filled(pattern, lambda key: _single(variables.get(key))) if has_variable(pattern) else pattern
        if text is not None:
            found.append(text)
        elif not _absent(pattern, variables):
            guessed = True
            found += ["*"] if widen else []
    return Held(policy, statement, tuple(found), guessed=guessed)


def _single(value: Value | None) -> str | None:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else None


def _absent(pattern: str, variables: Context) -> bool:
    """Whether a request of this principal has no value for one of the variables: then nothing is meant."""
    return any(variables.get(key) is Special.ABSENT for key in variables_of(pattern))


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission. `policies` grant it, each enough alone; `unclear` are conditions taken as met (or not, to deny)."""

    policies: tuple[PolicyRef, ...]
    unclear: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Rights:
    """The statements of one principal. `boundary` are those of its boundary, None where it has none."""

    statements: tuple[Held, ...]
    boundary: tuple[Held, ...] | None = None
    _found: dict[tuple[str, bool], tuple[Held, ...]] = field(default_factory=dict)
    _bounds: dict[str, tuple[Held, ...]] = field(default_factory=dict)

    def granted(self, action: str, resource: str, context: Context) -> Grant | None:
        """Whether this request is allowed, and by which policies."""
        action = action.lower()
        allowing = self._allow(self._about(action, allows=True), resource, context)
        if allowing is None:
            return None
        unclear = list(allowing.unclear)
        if self.boundary is not None:
            within = self._allow(self._bound(action), resource, context)
            if within is None:
                return None
            unclear += within.unclear
        for denial in self._about(action, allows=False):
            if denial.on(resource):
                answer = met(denial.statement.conditions, context, wanted=False)
                if answer.truth is Truth.YES:
                    return None
                unclear += answer.by if answer.truth is Truth.UNKNOWN else ()
        return Grant(allowing.policies, tuple(dict.fromkeys(unclear)))

    def somewhere(self, action: str, shape: str, context: Context) -> Grant | None:
        """Whether this action is allowed on some resource of this shape (a pattern)."""
        tried = set()
        for one in self._about(action.lower(), allows=True):
            for pattern in ("*",) if one.statement.but_resources else one.resources:
                resource = common(pattern, shape)
                if resource is not None and resource not in tried:
                    tried.add(resource)
                    if grant := self.granted(action, resource, context):
                        return grant
        return None

    def possible(self, action: str) -> bool:
        """Whether anything allows this action at all: where not, no request need be tried."""
        return bool(self._about(action.lower(), allows=True))

    def might(self, action: str, resource: str) -> bool:
        """Whether anything allows this action on this resource, conditions and denials aside."""
        return any(one.on(resource) for one in self._about(action.lower(), allows=True))

    def within_boundary(self, action: str, resource: str, context: Context) -> bool:
        """Whether the boundary, and all denials, would leave this request if a policy allowed it."""
        if any(
            denial.on(resource) and met(denial.statement.conditions, context, wanted=False).truth is Truth.YES
            for denial in self._about(action.lower(), allows=False)
        ):
            return False
        return self.boundary is None or self._allow(self._bound(action.lower()), resource, context) is not None

    def _about(self, action: str, *, allows: bool) -> tuple[Held, ...]:
        key = (action, allows)
        if key not in self._found:
            every = self.statements if allows or self.boundary is None else (*self.statements, *self.boundary)
            self._found[key] = _about(action, every, allows=allows)
        return self._found[key]

    def _bound(self, action: str) -> tuple[Held, ...]:
        if action not in self._bounds:
            self._bounds[action] = _about(action, self.boundary or (), allows=True)
        return self._bounds[action]

    def _allow(self, about: Iterable[Held], resource: str, context: Context) -> Grant | None:
        sure: list[PolicyRef] = []
        perhaps: list[PolicyRef] = []
        unclear: list[Condition] = []
        for one in about:
            if not one.on(resource):
                continue
            answer = met(one.statement.conditions, context)
            if answer.truth is Truth.YES and not one.guessed:
                sure.append(one.policy)
            elif answer.truth is not Truth.NO:
                perhaps.append(one.policy)
                unclear += answer.by
        if sure:
            return Grant(tuple(dict.fromkeys(sure)))
        return Grant(tuple(dict.fromkeys(perhaps)), tuple(unclear)) if perhaps else None


def _about(action: str, every: Iterable[Held], *, allows: bool) -> tuple[Held, ...]:
    service = action.partition(":")[0]
    return tuple(
        one
        for one in every
        if one.statement.allows is allows
        and (one.statement.services is None or service in one.statement.services)
        and one.statement.about(action)
    )
