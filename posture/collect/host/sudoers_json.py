"""The rules of sudoers(5) as ``cvtsudoers -e -f json`` prints them: aliases and included files are resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from posture.collect.host.sudo_policy import MOST, Policy, PolicyRule, shown
from posture.model.text import visible

_USERS = {"username": "", "userid": "#", "usergroup": "%", "usergid": "%#", "netgroup": "+"}
_HOSTS = frozenset({"hostname", "networkaddr", "netgroup"})


def from_json(text: str) -> Policy | None:
    """The policy, None when it is not what cvtsudoers prints."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    policy = Policy()
    for default in _dicts(told.get("Defaults")):
        _default(policy, default)
    for spec in _dicts(told.get("User_Specs")):
        users, hosts = _names(spec.get("User_List")), _hosts(spec.get("Host_List"))
        for commands in _dicts(spec.get("Cmnd_Specs")):
            if len(policy.rules) >= MOST:
                policy.unknown.append(f"rules beyond the first {MOST}")
                return policy
            _rule(policy, users, hosts, commands)
    return policy


def _rule(
    policy: Policy,
    users: tuple[tuple[str, bool], ...] | None,
    hosts: tuple[tuple[str, bool], ...],
    spec: dict[str, Any],
) -> None:
    as_users, groups = _names(spec.get("runasusers")), _names(spec.get("runasgroups"))
    commands = [_command(one) for one in _dicts(spec.get("Commands"))]
    if not users or as_users is None or groups is None or None in commands or not commands:
        policy.unknown.append(f"a rule for {', '.join(name for name, _ in users or ()) or 'nobody that can be told'}")
        return
    become = tuple(("!" if negated else "") + name for name, negated in as_users)
    become = become or tuple(f":{name.removeprefix('%')}" for name, _ in groups)
    options = [option for option in _dicts(spec.get("Options")) if isinstance(option.get("authenticate"), bool)]
    policy.rules.append(
        PolicyRule(
            users=users,
            hosts=hosts,
            as_users=become,
            commands=tuple(command for command in commands if command is not None),
            password=options[-1]["authenticate"] if options else None,
        )
    )


def _default(policy: Policy, default: dict[str, Any]) -> None:
    bound = "Binding" in default
    for option in _dicts(default.get("Options")):
        if option.get("authenticate") is False:
            names = _names(default["Binding"]) if bound else (("ALL", False),)
            if names is None:
                policy.unknown.append("Defaults !authenticate, for something else than accounts")
            else:
                policy.free |= {name for name, negated in names if not negated}
        if isinstance(option.get("runas_default"), str) and not bound:
            policy.default_user = visible(option["runas_default"], 64)
        if isinstance(option.get("exempt_group"), str):
            policy.free.add(f"%{visible(option['exempt_group'], 64)}")


def _command(one: dict[str, Any]) -> str | None:
    written = one.get("command")
    if not isinstance(written, str):
        return None
    return shown(("!" if one.get("negated") is True else "") + written)


def _names(told: object) -> tuple[tuple[str, bool], ...] | None:
    """(name, negated) of each; None where one is of another kind."""
    found: list[tuple[str, bool]] = []
    for one in _dicts(told):
        kind = next((kind for kind in _USERS if kind in one), None)
        if kind is None:
            return None
        found.append((_USERS[kind] + visible(str(one[kind]), 100), one.get("negated") is True))
    return tuple(found)


def _hosts(told: object) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (("+" if kind == "netgroup" else "") + visible(str(one[kind]), 100), one.get("negated") is True)
        for one in _dicts(told)
        for kind in _HOSTS & one.keys()
    )


def _dicts(told: object) -> Iterator[dict[str, Any]]:
    return (one for one in told if isinstance(one, dict)) if isinstance(told, list) else iter(())
