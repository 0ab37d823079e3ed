"""What accounts may do as another account (sudoers(5), doas.conf(5))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SudoRule:
    """One rule with its aliases resolved.

    `who` is an account, ``%group``, ``#uid``, ``+netgroup`` or ``ALL``; `accounts` are the local accounts it means.
    `as_user` is whom they become (``root``, ``ALL``). `commands` are as written, ``…`` in the place of an argument that
    may be secret, ``…*`` of one that allows several (wildcards); ``ALL`` is every command. `password` is False with
    NOPASSWD (or doas's nopass). `path` and `line` are empty and 0 where only the result was told.
    """

    who: str
    accounts: tuple[str, ...]
    as_user: str
    commands: tuple[str, ...]
    password: bool
    path: str = ""
    line: int = 0

    @property
    def everything(self) -> bool:
        """Whether any command is allowed, as root."""
        return "ALL" in self.commands and self.as_user in {"root", "ALL", "#0"}


@dataclass(frozen=True, slots=True)
class SudoRules:
    """All rules. `unreadable` are files that are there and could not be read, `unknown` what could not be understood.

    `installed` is False where there is neither sudo nor doas.
    """

    rules: tuple[SudoRule, ...]
    installed: bool
    unreadable: tuple[str, ...]
    unknown: tuple[str, ...]
    observed: datetime
