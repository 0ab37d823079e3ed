"""What a secret looks like, as data.

A rule is an anchor (bytes that every one of them has, rare in other text), an expression that confirms it at the
anchor, and a proof that decodes it. Engines look for anchors only, so that all of them find the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from re import Pattern

SEVERITIES = ("info", "low", "medium", "high", "critical")
_WINDOW = 1024

# What stands between a variable's name and its value in shells, YAML, JSON, TOML, PHP, XML, manifests of Kubernetes.
_ASSIGNED = (
    rb"(?![A-Za-z0-9_])\\?[\"']?\]?\)?"
    rb"(?:[ \t]{0,40}(?:=>|:=|\?=|[=:,])[ \t]{0,40}"
    rb"|\r?\n[ \t]{0,40}value:[ \t]{1,20}"
    rb"|[ \t]{0,4}>)"
    rb"(?:b|r|u)?(?:\\?[\"'`])?"
)

_MARKS = (
    # what may not stand before and after a token; an escape (\n) or %3D before it may
    (b"{B}", rb"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-F]{2}))"),
    (b"{E}", rb"(?![A-Za-z0-9])"),
)


class RuleError(ValueError):
    """A rule that cannot be used; the message names it and says why."""


class Rule(NamedTuple):
    """One form of a secret. Several may share an `id`: a token by its prefix and, elsewhere, by its variable's name.

    `confirm` must match at the anchor (lookbehind sees what stands before it), has a group ``value``, and is given
    `window` bytes from the anchor. `tight`, for engines that know expressions, ends where a confirmed one may end and
    starts with an anchor that is common: they need not look at its every occurrence.

    Where two rules meet on the same bytes, the lower `rank` is believed: 0 a form that
    only this secret has, 1 one that needs its variable's name, 2 a guess from a name alone. `proof` names a function of
    `proofs.PROOFS`.
    """

    id: str
    anchors: tuple[bytes, ...]
    confirm: Pattern[bytes]
    proof: str = ""
    note: str = ""
    weight: str = ""
    rank: int = 0
    window: int = _WINDOW
    tight: bytes = b""


class Kind(NamedTuple):
    """What all secrets of one id have in common: the name for people and how bad it is to lose one."""

    id: str
    title: str
    severity: str


class Rules(NamedTuple):
    """All rules, and `digest`, which changes whenever one of them does."""

    kinds: dict[str, Kind]
    rules: tuple[Rule, ...]
    digest: str

    def severity(self, leak_rule: str) -> str:
        """How bad a secret of this id is; ``medium`` of one that no rule names."""
        kind = self.kinds.get(leak_rule)
        return kind.severity if kind else "medium"

    def title(self, leak_rule: str) -> str:
        """The name for people; the id where no rule has it."""
        kind = self.kinds.get(leak_rule)
        return kind.title if kind else leak_rule


def rules_of(kinds: Iterable[Mapping[str, Any]]) -> Rules:
    """Rules from plain mappings, as the TOML files (and the JSON packed for hosts) hold them.

    Each is a kind: ``id``, ``title``, ``severity`` and ``forms``, a list of mappings with ``anchors`` and ``confirm``,
    or ``names`` (variables) and ``value``; both may have ``proof``, ``note``, ``weight``, ``rank``, ``window`` and
    ``tight``.
    In expressions ``{B}`` and ``{E}`` are the beginning and end of a token.

    Raises:
        RuleError: a rule lacks something, or its expression is none.
    """
    known: dict[str, Kind] = {}
    rules: list[Rule] = []
    plain = [dict(kind) for kind in kinds]
    for kind in plain:
        try:
            name = kind["id"]
            known[name] = Kind(name, kind["title"], _severity(kind["severity"]))
            rules.extend(_form(name, form) for form in kind.get("forms", ()))
        except (KeyError, TypeError, re.error) as error:
            broken = kind.get("id", "without id")
            raise RuleError(f"rule {broken}: {error!r}") from error
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    return Rules(known, tuple(rules), digest)


def anchored(rules: Rules) -> dict[bytes, tuple[int, ...]]:
    """Every anchor with the indexes of the rules that have it, in one order for all engines."""
    wanted: dict[bytes, list[int]] = {}
    for index, rule in enumerate(rules.rules):
        for anchor in rule.anchors:
            wanted.setdefault(anchor, []).append(index)
    return {anchor: tuple(indexes) for anchor, indexes in sorted(wanted.items())}


def _form(name: str, form: Mapping[str, Any]) -> Rule:
    weight = _severity(form["weight"]) if "weight" in form else ""
    by_name = "names" in form
    if by_name:
        anchors = _spellings(form["names"])
        confirm = _assignment(form["names"], form["value"])
    else:
        anchors = [anchor.encode() for anchor in form["anchors"]]
        confirm = form["confirm"].encode()
    for mark, meaning in _MARKS:
        confirm = confirm.replace(mark, meaning)
    expression = re.compile(confirm)
    if "value" not in expression.groupindex or not anchors or min(map(len, anchors)) < 2:
        raise RuleError(f"rule {name}: no group `value`, or no anchor of two bytes")
    rank = form.get("rank", 1 if by_name else 0)
    window = form.get("window", _WINDOW)
    proof, note, tight = (form.get(key, "") for key in ("proof", "note", "tight"))
    return Rule(name, tuple(anchors), expression, proof, note, weight, rank, window, tight.encode())


def _spellings(names: Iterable[str]) -> list[bytes]:
    """A variable's name as environments, configuration files and programs write it: AB_C, ab_c, ab-c, Ab-C, abC."""
    spelt: set[str] = set()
    for name in names:
        words = name.lower().split("_")
        camel = words[0] + "".join(word.capitalize() for word in words[1:])
        header = "-".join(word.capitalize() for word in words)
        spelt.update((name, name.upper(), name.lower(), "-".join(words), header, camel))
    return [spelling.encode() for spelling in sorted(spelt)]


def _assignment(names: Iterable[str], value: str) -> bytes:
    longest_first = sorted(_spellings(names), key=len, reverse=True)
    return rb"(?<![A-Za-z0-9])(?:" + rb"|".join(map(re.escape, longest_first)) + rb")" + _ASSIGNED + value.encode()


def _severity(word: str) -> str:
    if word not in SEVERITIES:
        raise RuleError(f"no severity is called {word!r}")
    return word
