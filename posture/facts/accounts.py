"""The local accounts of a host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Password(StrEnum):
    """What the shadow file says of an account's password. The hash itself never leaves the host."""

    SET = "set"
    LOCKED = "locked"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """A local account. `can_login` is True when its shell is one that starts a session.

    `groups` are the names of its primary and supplementary groups, as ``id -G -n`` has them; empty where they are not
    known: groups may also come from a directory. `disabled` is whether its field in the shadow file begins with ``!``:
    sshd without PAM then refuses its keys, too (auth.c, allowed_user); None where that is not known.
    """

    name: str
    uid: int
    shell: str
    home: str
    can_login: bool
    admin: bool  # uid 0, or member of sudo, wheel or admin
    password: Password
    groups: tuple[str, ...] = ()
    disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The local accounts; `shadow_read` is False when password states are unknown (needs root).

    `elsewhere` names the sources besides local files that accounts come from (``ldap``, ``sss``, ``nis``;
    nsswitch.conf(5)): their accounts are not among these.
    """

    accounts: tuple[Account, ...]
    shadow_read: bool
    observed: datetime
    elsewhere: tuple[str, ...] = ()
