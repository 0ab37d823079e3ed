"""The plain cases of sudoers(5) as text, for hosts without cvtsudoers; all else is named as not understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from posture.collect.host.sudo_policy import MOST, Policy, PolicyRule, shown
from posture.model.text import visible

Written = tuple[str, int, str]  # path, line number, line
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)")
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_TAG = re.compile(r"(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT):\s*")
_DIGEST = re.compile(r"sha(224|256|384|512):[A-Za-z0-9+/=]+\s+")
_USER = re.compile(r"!?(%?#?|%:|\+)[A-Za-z0-9._@$\\-]+")
_DEPTH = 8  # aliases within aliases
Aliases = dict[str, dict[str, list[str]]]


def from_text(lines: Iterable[Written]) -> Policy:
    """The policy of all files, in their order."""
    policy, aliases, rules = Policy(), Aliases(), list[Written]()
    for path, number, text in _joined(lines):
        if text.startswith("Defaults"):
            _default(policy, text)
        elif alias := _ALIAS.match(text):
            _alias(aliases, alias[1].replace("Cmd", "Cmnd"), alias[2])
        elif not re.match(r"[@#]include", text):
            rules.append((path, number, text))
    for path, number, text in rules[:MOST]:
        if not _rule(policy, aliases, path, number, text):
            policy.unknown.append(f"line {number} of {path}")
    if len(rules) > MOST:
        policy.unknown.append(f"rules beyond the first {MOST}")
    return policy


def _joined(lines: Iterable[Written]) -> Iterator[Written]:
    """Lines without comments, those that a backslash continues in one."""
    start, held, where = 0, "", ""
    for path, number, line in lines:
        if not held:
            start, where = number, path
        held += line
        if held.endswith("\\") and path == where and len(held) < 65_536:
            held = held[:-1] + " "
            continue
        text = re.sub(r"(^|\s)#(?!include|[0-9]).*", "", held).strip()
        held = ""
        if text:
            yield where, start, text


def _default(policy: Policy, text: str) -> None:
    bound = re.match(r"Defaults([:@>!])\s*(\S+)\s+(.*)", text)
    options = bound[3] if bound else text.removeprefix("Defaults")
    if re.search(r"(^|[\s,])!authenticate\b", options):
        if bound is None:
            policy.free.add("ALL")
        elif bound[1] == ":" and all(_USER.fullmatch(one) or one == "ALL" for one in bound[2].split(",")):
            policy.free |= set(bound[2].split(","))
        else:
            policy.unknown.append("Defaults !authenticate, for something else than accounts")
    if exempt := re.search(r"exempt_group\s*=\s*\"?([A-Za-z0-9._-]+)", options):
        policy.free.add(f"%{exempt[1]}")
    if bound is None and (user := re.search(r"runas_default\s*=\s*\"?([A-Za-z0-9._-]+)", options)):
        policy.default_user = user[1]


def _alias(aliases: Aliases, kind: str, text: str) -> None:
    for part in re.split(r"(?<!\\):(?=\s*[A-Z][A-Z0-9_]*\s*=)", text):
        name, equals, members = part.partition("=")
        if equals and _NAME.fullmatch(name.strip()):
            aliases.setdefault(kind, {})[name.strip()] = _items(members)


def _items(text: str) -> list[str]:
    return [item.strip() for item in re.split(r"(?<!\\),", text) if item.strip()]


def _resolved(aliases: Aliases, kind: str, items: Iterable[str], depth: int = 0) -> list[str]:
    known = aliases.get(kind, {})
    found: list[str] = []
    for item in items:
        negated, name = ("!", item[1:].strip()) if item.startswith("!") else ("", item)
        if name != "ALL" and name in known and depth < _DEPTH and len(found) < MOST:
            inner = _resolved(aliases, kind, known[name], depth + 1)
            found += [one[1:] if negated and one.startswith("!") else negated + one for one in inner]
        else:
            found.append(item)
    return found


def _rule(policy: Policy, aliases: Aliases, path: str, number: int, text: str) -> bool:
    """Take one line ``who host = (runas) TAG: command, ...``; False when it is of another form."""
    left, equals, right = text.partition("=")
    words = re.sub(r"\s*,\s*", ",", left.strip()).split()
    if not equals or len(words) != 2 or re.search(r"(?<!\\):\s*[A-Za-z0-9_.,!-]+\s*=", _TAG.sub("", right)):
        return False
    users, hosts = (_resolved(aliases, kind, _items(word)) for kind, word in zip(("User", "Host"), words, strict=True))
    if not all(_USER.fullmatch(user) or user.removeprefix("!") == "ALL" for user in users):
        return False
    as_users: tuple[str, ...] = ()
    password: bool | None = None
    for written in _items_outside_brackets(right):
        item = written
        if runas := re.match(r"\(([^()]*)\)\s*", item):
            who, _, group = runas[1].partition(":")
            as_users = tuple(_resolved(aliases, "Runas", _items(who))) or ((f":{group.strip()}",) if group else ())
            item = item[runas.end() :]
        while tag := _TAG.match(item):
            password = (not tag[1]) if tag[2] == "PASSWD" else password
            item = item[tag.end() :]
        item = _DIGEST.sub("", item)
        if not item or re.match(r"[A-Z_]+=", item):
            return False
        commands = _resolved(aliases, "Cmnd", [item])
        names = tuple((visible(user.removeprefix("!"), 100), user.startswith("!")) for user in users)
        where = tuple((visible(host.removeprefix("!"), 100), host.startswith("!")) for host in hosts)
        policy.rules.append(
            PolicyRule(names, where, tuple(map(visible, as_users)), tuple(map(shown, commands)), password, path, number)
        )
    return True


def _items_outside_brackets(text: str) -> list[str]:
    return [item.strip() for item in re.split(r"(?<!\\),(?![^(]*\))", text) if item.strip()]
