"""Policies as statements. What AWS hands over was written by the customer: sizes, types and repetitions are checked.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posture.engine.aws.patterns import covers, matches
from posture.model.text import visible

LONGEST = 64 * 1024  # characters; AWS allows a third of it
MOST_STATEMENTS = 2_000
LONGEST_VALUE = 2_048  # of a pattern, a principal or a condition's value
EVERY = ("*",)
VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a condition: it is met when one of the values is. `key` is in small letters."""

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {', '.join(self.values[:4])}"


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement at a resource is about. ``"*"`` is in `aws`, as ``{"AWS": "*"}`` means the same."""

    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `actions` are in small letters; with `but_actions` all others are meant (NotAction), and so on.

    `services` are the services whose actions it can be about, None: any. `variables`: ``${}`` has its meaning.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...] = EVERY
    conditions: tuple[Condition, ...] = ()
    principals: Principals | None = None
    but_actions: bool = False
    but_resources: bool = False
    but_principals: bool = False
    variables: bool = True
    sid: str = ""
    services: frozenset[str] | None = field(default=None)

    def about(self, action: str) -> bool:
        """Whether it is about this action, given in small letters."""
        return any(matches(pattern, action) for pattern in self.actions) is not self.but_actions

    def about_all(self, pattern: str) -> bool:
        """Whether it is about all actions that the pattern means."""
        if self.but_actions:
            return False
        return any(covers(wide, pattern) for wide in self.actions)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy. With `problem` it was not understood, and its statements are not all."""

    statements: tuple[Statement, ...]
    problem: str = ""


class _Malformed(ValueError):
    """The policy is none as the grammar has it; the message says where."""


def parse(text: str) -> Document:
    """A policy's text as statements; never raises: `problem` says what is wrong with it."""
    if len(text) > LONGEST:
        return Document((), f"it is longer than {LONGEST // 1024} KiB")
    try:
        document = json.loads(text, object_pairs_hook=_once)
        return Document(_statements(document))
    except _Malformed as problem:
        return Document((), visible(str(problem), 200))
    except (ValueError, RecursionError):
        return Document((), "it is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are different: of two equal ones nobody knows which counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Malformed("it says something twice")
    return found


def _statements(document: object) -> tuple[Statement, ...]:
    if not isinstance(document, Mapping):
        raise _Malformed("it is no object")
    found = document.get("Statement")
    every = found if isinstance(found, list) else [found]
    if len(every) > MOST_STATEMENTS:
        raise _Malformed("it has too many statements")
    variables = document.get("Version") == VERSION_WITH_VARIABLES
    return tuple(_statement(one, variables=variables) for one in every)


def _statement(said: object, *, variables: bool) -> Statement:
    if not isinstance(said, Mapping):
        raise _Malformed("a statement is no object")
    effect = said.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _Malformed("a statement says neither Allow nor Deny")
    actions, but_actions = _either(said, "Action")
    if actions is None:
        raise _Malformed("a statement has no Action")
    resources, but_resources = _either(said, "Resource")
    principals, but_principals = _principals(said)
    if resources is None and principals is None:
        raise _Malformed("a statement has no Resource")
    small = tuple(action.lower() for action in actions)
    return Statement(
        allows=effect == "Allow",
        actions=small,
        but_actions=but_actions,
        resources=EVERY if resources is None else resources,
        but_resources=but_resources,
        conditions=_conditions(said.get("Condition")),
        principals=principals,
        but_principals=but_principals,
        variables=variables,
        sid=str(said.get("Sid", ""))[:100],
        services=None if but_actions else _services(small),
    )


def _either(said: Mapping[str, Any], name: str) -> tuple[tuple[str, ...] | None, bool]:
    """The values of ``Action`` or ``NotAction``, and whether it was the latter."""
    if name in said and f"Not{name}" in said:
        raise _Malformed(f"a statement has both {name} and Not{name}")
    if name in said:
        return _texts(said[name], name), False
    if f"Not{name}" in said:
        return _texts(said[f"Not{name}"], name), True
    return None, False


def _texts(value: object, name: str) -> tuple[str, ...]:
    every = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and len(one) <= LONGEST_VALUE for one in every):
        raise _Malformed(f"{name} is no text")
    return tuple(every)


def _services(actions: tuple[str, ...]) -> frozenset[str] | None:
    """The services of some patterns of actions; None where one has none or a wildcard in it."""
    found = set()
    for action in actions:
        service, colon, _ = action.partition(":")
        if not colon or "*" in service or "?" in service:
            return None
        found.add(service)
    return frozenset(found)


def _principals(said: Mapping[str, Any]) -> tuple[Principals | None, bool]:
    but = "NotPrincipal" in said
    if but and "Principal" in said:
        raise _Malformed("a statement has both Principal and NotPrincipal")
    if not but and "Principal" not in said:
        return None, False
    value = said["NotPrincipal" if but else "Principal"]
    if value == "*":
        return Principals(aws=EVERY), but
    if not isinstance(value, Mapping) or not value.keys() <= {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise _Malformed("a statement's Principal is not understood")
    kinds = {kind: _texts(value.get(kind, []), "Principal") for kind in ("AWS", "Service", "Federated")}
    canonical = _texts(value.get("CanonicalUser", []), "Principal")
    return Principals(kinds["AWS"], kinds["Service"], kinds["Federated"], canonical), but


def _conditions(value: object) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise _Malformed("a condition is no object")
    found = []
    for operator, lines in value.items():
        if not isinstance(lines, Mapping):
            raise _Malformed("a condition is no object")
        found += [Condition(operator[:60], key.lower()[:300], _values(values)) for key, values in lines.items()]
    return tuple(found)


def _values(value: object) -> tuple[str, ...]:
    """The values of a condition's line: texts, numbers and truth values are written alike."""
    every = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in every):
        raise _Malformed("a condition's value is no text")
    texts = tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in every)
    if any(len(text) > LONGEST_VALUE for text in texts):
        raise _Malformed("a condition's value is too long")
    return texts
