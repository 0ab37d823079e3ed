"""What accounts may do as another account, from sudoers(5) and doas.conf(5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

from posture.collect.host.doas import from_doas
from posture.collect.host.sections import Section, tagged
from posture.collect.host.sudo_policy import Policy, PolicyRule
from posture.collect.host.sudoers_json import from_json
from posture.collect.host.sudoers_text import from_text
from posture.facts.accounts import Account
from posture.facts.sudo import SudoRule, SudoRules
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_MOST_ACCOUNTS = 100  # that one rule names
_MOST_NAMED = 50  # what could not be understood or read


@dataclass(slots=True)
class _Told:
    header: dict[str, str] = field(default_factory=dict)
    json: list[str] = field(default_factory=list)
    sudoers: list[tuple[str, int, str]] = field(default_factory=list)
    doas: list[tuple[str, int, str]] = field(default_factory=list)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by %group and %#gid
    unreadable: list[str] = field(default_factory=list)
    files: int = 0
    ended: bool = False


def sudo_rules(section: Section, accounts: Sequence[Account], observed: datetime) -> SudoRules | Unavailable:
    """All rules that hold on this host, or why they are not known."""
    told = _read(section)
    if not told.ended or section.cut:
        return Unavailable(f"the rules of sudo were not read to their end: {section.cut or 'the answer is empty'}")
    installed = "sudo" in told.header or "doas" in told.header
    if not told.files and told.unreadable and installed:
        return Unavailable(
            f"{told.unreadable[0]} opens to root only: run as root to see what accounts may do with sudo"
        )
    policies = [from_json("\n".join(told.json)) if told.json else from_text(told.sudoers), from_doas(told.doas)]
    unknown = ["what cvtsudoers said"] if None in policies else []
    if where := told.header.get("elsewhere"):
        unknown.append(f"rules from {where}")
    rules: list[SudoRule] = []
    for policy in policies:
        if policy is not None:
            unknown += policy.unknown
            rules += _rules(policy, told, accounts, unknown)
    return SudoRules(
        rules=tuple(dict.fromkeys(rules)),
        installed=installed,
        unreadable=tuple(dict.fromkeys(told.unreadable))[:_MOST_NAMED],
        unknown=tuple(dict.fromkeys(visible(one, 200) for one in unknown))[:_MOST_NAMED],
        observed=observed,
    )


def _rules(policy: Policy, told: _Told, accounts: Sequence[Account], unknown: list[str]) -> Iterator[SudoRule]:
    host = told.header.get("host", "")
    free = {account for name in policy.free for account in _meant(name, told, accounts)}
    for rule in policy.rules:
        here = _holds_here(rule, host)
        if here is None:
            unknown.append(f"a rule for the hosts {', '.join(name for name, _ in rule.hosts)}")
        if not here:
            continue
        out = {account for name, negated in rule.users if negated for account in _meant(name, told, accounts)}
        for who, negated in rule.users:
            if negated:
                continue
            meant = tuple(name for name in _meant(who, told, accounts) if name not in out)
            password = rule.password
            if password is None:
                password = not ("ALL" in policy.free or who in policy.free or (meant and free >= set(meant)))
            for target in rule.as_users or (policy.default_user,):
                yield SudoRule(who, meant, target, rule.commands, password, rule.path, rule.line)


def _holds_here(rule: PolicyRule, host: str) -> bool | None:
    """Whether the rule holds on this host; None where only sudo can tell (addresses, netgroups)."""
    verdict: bool | None = False
    for name, negated in rule.hosts:  # the last one that matches counts
        if name == "ALL" or any(
            fnmatchcase(one, name.lower()) for one in (host.lower(), host.lower().partition(".")[0])
        ):
            verdict = not negated
        elif name[:1] in {"+", "%"} or name[:1].isdigit() or ":" in name:
            verdict = verdict or None
    return verdict


def _meant(who: str, told: _Told, accounts: Sequence[Account]) -> tuple[str, ...]:
    """The local accounts that a name stands for."""
    if who == "ALL":
        return tuple(account.name for account in accounts[:_MOST_ACCOUNTS])
    if who.startswith("%"):
        known = {account.name for account in accounts}
        return tuple(name for name in told.members.get(who, ()) if name in known)[:_MOST_ACCOUNTS]
    if who.startswith("#"):
        return tuple(account.name for account in accounts if str(account.uid) == who[1:])
    return tuple(account.name for account in accounts if account.name == who)


def _read(section: Section) -> _Told:
    told = _Told()
    path, lines = "", told.sudoers
    for tag, text in tagged(section.body):
        match tag:
            case "H":
                key, _, value = text.partition("\t")
                if len(told.header) < 20:
                    told.header[visible(key, 20)] = visible(value, 200)
            case "J":
                told.json.append(text)
                told.files = told.files or 1
            case "F" | "D":
                path, lines = visible(text), told.sudoers if tag == "F" else told.doas
                told.files += 1
            case "L":
                number, colon, line = text.partition(":")
                if colon and number.isascii() and number.isdecimal() and len(number) < 8:
                    lines.append((path, int(number), line))
            case "GP" if len(told.members) < 2000:
                name, gid, members = (*text.split("\t"), "", "", "")[:3]
                names = tuple(dict.fromkeys(visible(one, 64) for one in members.split()))
                told.members[f"%{visible(name, 64)}"] = told.members[f"%#{visible(gid, 20)}"] = names
            case "X":
                told.unreadable.append(visible(text))
    told.ended = section.body.rstrip(b"\n").endswith(b"\nZ")
    return told
