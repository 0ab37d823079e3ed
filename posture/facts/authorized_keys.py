"""Who may log in by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuthorizedKey:
    """One line of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT).

    `bits` is 0 when unknown. `options` are (lower-case name, value). `dead` says why sshd ignores the line, empty when
    it does not.
    """

    account: str
    uid: int
    path: str
    line: int
    type: str
    bits: int
    fingerprint: str
    comment: str
    options: tuple[tuple[str, str], ...] = ()
    dead: str = ""
    public: str = ""  # the key's SSH wire format in base64
    can_login: bool = True  # whether its account has a shell that starts a session

    def has(self, option: str) -> bool:
        """Whether the option is on the line."""
        return any(name == option for name, _ in self.options)


@dataclass(frozen=True, slots=True)
class LoosePath:
    """A file or folder on the way to an authorized_keys file that others than its account and root may change.

    sshd with StrictModes ignores every key behind it (misc.c, safe_path); without, whoever may write there lets himself
    in. `by` is ``group NAME``, ``everyone``, or the name of an owner who is neither the account nor root.
    """

    account: str
    keys_file: str
    path: str
    owner: str
    mode: int
    by: str


@dataclass(frozen=True, slots=True)
class AuthorizedKeys:
    """The authorized keys of all accounts that can log in. `unreadable` are files that are there and could not be read.

    `accounts_read` names the accounts whose files were looked at, `accounts_unread` those that could not be.
    `command` is sshd's AuthorizedKeysCommand when one is set: keys from it were not seen. `loose` are paths that others
    may change; `paths_checked` is False where that was not looked at.
    """

    keys: tuple[AuthorizedKey, ...]
    accounts_read: tuple[str, ...]
    accounts_unread: tuple[str, ...]
    unreadable: tuple[str, ...]
    command: str
    observed: datetime
    loose: tuple[LoosePath, ...] = ()
    paths_checked: bool = False
