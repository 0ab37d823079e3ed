"""The rules of doas.conf(5)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from posture.collect.host.sudo_policy import Policy, PolicyRule, shown
from posture.model.text import visible

_PLAIN = frozenset({"nolog", "keepenv", "persist", "nopass"})
EVERYWHERE = (("ALL", False),)


def from_doas(lines: Iterable[tuple[str, int, str]]) -> Policy:
    """The policy: the last rule that matches counts, so a later ``deny`` for the same takes earlier rules out."""
    policy = Policy()
    for path, number, line in lines:
        try:
            words = shlex.split(line[:4000], comments=True)
        except ValueError:
            words = ["?"]
        if words and not _rule(policy, words, path, number):
            policy.unknown.append(f"line {number} of {path}")
    return policy


def _rule(policy: Policy, words: list[str], path: str, number: int) -> bool:
    """Take one line ``permit options who [as user] [cmd program [args ...]]``; False when it is of another form."""
    action, *rest = words
    without_options = _options(rest)
    if action not in {"permit", "deny"} or not without_options:
        return False
    who, *rest = without_options
    target = "ALL"
    if rest[:1] == ["as"] and len(rest) > 1:
        target, rest = rest[1], rest[2:]
    command = _command(rest)
    if not command:
        return False
    users = ((visible(f"%{who[1:]}" if who.startswith(":") else who, 100), False),)
    if action == "permit":
        password = "nopass" not in words[1 : len(words) - len(without_options)]
        policy.rules.append(PolicyRule(users, EVERYWHERE, (visible(target, 64),), (command,), password, path, number))
    elif command == "ALL":
        policy.rules = [one for one in policy.rules if one.users != users or target not in {"ALL", *one.as_users}]
    return True


def _options(words: list[str]) -> list[str]:
    """What stands behind the options; nothing when they cannot be read."""
    while words and (words[0] in _PLAIN or words[0] == "setenv"):
        if words[0] == "setenv":
            if words[1:2] != ["{"] or "}" not in words:
                return []
            words = words[words.index("}") :]
        words = words[1:]
    return words


def _command(words: list[str]) -> str:
    """The command of a rule, ``ALL`` without one, nothing when it is of another form."""
    if not words:
        return "ALL"
    if words[0] != "cmd" or len(words) == 1 or (len(words) > 2 and words[2] != "args"):
        return ""
    return shown(" ".join([words[1], *(words[3:] or ['""'] if len(words) > 2 else [])]))
