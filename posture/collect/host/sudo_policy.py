"""One policy's rules, before groups and hosts are resolved: what both readers of sudoers(5) give."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from posture.model.text import visible

MOST = 5000  # rules
_PLAIN = re.compile(
    r"--[a-z][a-z-]{0,30}|-[A-Za-z]|[a-z][a-z-]{0,20}|/[A-Za-z0-9._/@*?+-]{0,200}|[a-z0-9-]{1,40}\.[a-z]{2,10}|[*?^$]|\"\""
)
_SECRET = re.compile(r"pass|secret|token|key|auth|cred", re.IGNORECASE)
_WILD = re.compile(r"[*?\[]")  # sudoers(5), Wildcards: they match spaces, too, and so any further argument
_WILD_EXPRESSION = re.compile(r"[*+?]|\[\^|\\[wWsSD]|(?<!\\)\.")  # of an expression (^...$) with a choice
_WORDS, _LENGTH = 40, 400


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One specification. `users` and `hosts` are (name, negated); `password` is None where the default holds.

    Names are ``anna``, ``%group``, ``#1000``, ``%#1000``, ``+netgroup`` or ``ALL``.
    """

    users: tuple[tuple[str, bool], ...]
    hosts: tuple[tuple[str, bool], ...]
    as_users: tuple[str, ...]
    commands: tuple[str, ...]
    password: bool | None
    path: str = ""
    line: int = 0


@dataclass(slots=True)
class Policy:
    """The rules and what stands beside them. `free` are users of ``Defaults !authenticate``; ``ALL`` when for all."""

    rules: list[PolicyRule] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    free: set[str] = field(default_factory=set)
    default_user: str = "root"


def shown(command: str) -> str:
    """A command as written, arguments that may be secret left out.

    ``…`` stands for an argument as it is written, ``…*`` for one that allows several: with wildcards, or an expression
    that anything matches.
    """
    negated, text = ("!", command[1:].lstrip()) if command.startswith("!") else ("", command)
    program, *every = text.split() or [""]
    if "^" in program or len(program) > 300:
        program = program[:300]
    arguments = every[:_WORDS]
    kept: list[str] = []
    hide = False
    for word in arguments:
        name, equals, _ = word.partition("=")
        if equals and re.fullmatch(r"-{0,2}[A-Za-z][A-Za-z0-9_-]{0,40}", name):
            kept.append(f"{name}={_masked(word)}")
        else:
            kept.append(word if _PLAIN.fullmatch(word) and not hide else _masked(word))
        hide = bool(re.fullmatch(r"-[A-Za-z]", name) or _SECRET.search(name))  # the value of -p, say
    whole = visible(negated + " ".join([program, *kept]), 2 * _LENGTH)
    if len(whole) <= _LENGTH and len(arguments) == len(every):
        return whole
    rest = "…*" if any(_masked(word) == "…*" for word in every) else "…"
    return f"{whole[: _LENGTH - 3]} {rest}"


def _masked(word: str) -> str:
    wild = _WILD_EXPRESSION if word.startswith("^") and word.endswith("$") else _WILD
    return "…*" if wild.search(word) else "…"
