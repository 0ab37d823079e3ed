"""Who can open a file besides its owner and root: by its mode and that of every folder above it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYONE = "*"
_MOST = 32
_READ, _PASS = 4, 1


class Account(NamedTuple):
    """An account of /etc/passwd that is not root's, with all its groups."""

    name: str
    uid: int
    gid: int
    groups: frozenset[int]


class _Through(NamedTuple):
    """Who gets through a folder and all above it, by numbers of accounts; not `known` where a list says more."""

    everyone: bool
    accounts: frozenset[int]
    known: bool


def accounts_of(passwd: str, group: str) -> list[Account]:
    """The accounts of these files, the first of each name; root's and those of other services (``+``) left out."""
    groups: dict[str, set[int]] = {}
    for line in group.split("\n"):
        fields = line.split(":")
        if len(fields) == 4 and _number(fields[2]):
            for name in fields[3].split(","):
                groups.setdefault(name, set()).add(int(fields[2]))
    found: dict[str, Account] = {}
    for line in passwd.split("\n"):
        fields = line.split(":")
        if len(fields) < 7 or not _number(fields[2]) or not _number(fields[3]) or fields[0][:1] in ("", "+", "-"):
            continue
        name, uid, gid = fields[0], int(fields[2]), int(fields[3])
        if uid != 0 and name not in found and "," not in name:
            found[name] = Account(name, uid, gid, frozenset(groups.get(name, set()) | {gid}))
    return list(found.values())


class Readers:
    """Answers for many files; what was learned of a folder is kept."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = list(accounts)
        self._known: dict[str, _Through] = {}

    def of(self, path: str, status: os.stat_result, extended: bool) -> tuple[str, ...] | None:
        """The accounts, ``*`` for everybody; None where it is not known. `extended`: it has an access control list."""
        if not status.st_mode & 0o044:
            return ()
        if extended:
            return None
        above = self._through(os.path.dirname(path))
        if above.everyone and status.st_mode & 0o004:
            return (EVERYONE,)
        if not above.known:
            return None
        let = [
            account.name
            for index, account in enumerate(self._accounts)
            if account.uid != status.st_uid and index in above.accounts and _may(account, status, _READ)
        ]
        return tuple(let[:_MOST])

    def _through(self, folder: str) -> _Through:
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._look(folder)
        return known

    def _look(self, folder: str) -> _Through:
        above = self._through(os.path.dirname(folder)) if folder != "/" else None
        try:
            status = os.stat(folder)
        except OSError:
            return _Through(False, frozenset(), False)
        everyone = bool(status.st_mode & _PASS) and (above is None or above.everyone)
        let = frozenset(
            index
            for index, account in enumerate(self._accounts)
            if (above is None or index in above.accounts) and _may(account, status, _PASS)
        )
        return _Through(everyone, let, (above is None or above.known) and (everyone or not extended(folder)))


def extended(place: int | str) -> bool:
    """Whether an access control list (acl(5)) says more than the mode."""
    try:
        return bool(os.getxattr(place, "system.posix_acl_access"))
    except OSError:
        return False


def _may(account: Account, status: os.stat_result, wanted: int) -> bool:
    if account.uid == status.st_uid:
        return bool(status.st_mode & wanted << 6)
    return bool(status.st_mode & (wanted << 3 if status.st_gid in account.groups else wanted))


def _number(text: str) -> bool:
    return text.isdigit() and len(text) <= 10
