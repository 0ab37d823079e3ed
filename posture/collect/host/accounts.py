"""Local accounts from what the collector left of passwd, group and shadow."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from posture.facts.accounts import Account, Accounts, Password
from posture.facts.unavailable import Unavailable
from posture.model.text import decoded, visible

MOST = 5000  # accounts

_STATES = {state.value: state for state in Password}
_ACTION = re.compile(r"\[[^\]]*\]")
_SERVICE = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LOCAL = frozenset({"files", "compat", "systemd"})
Records = dict[str, list[list[str]]]


def accounts(body: bytes, observed: datetime) -> Accounts | Unavailable:
    """The accounts, with what their password fields tell.

    A state in passwd itself counts before shadow (passwd(5)): only ``x`` points there.
    """
    records = _records(body)
    if "complete" not in records or not records["passwd"]:
        return Unavailable("/etc/passwd could not be read on the host")
    if len(records["passwd"]) > MOST:
        return Unavailable(f"/etc/passwd has more than {MOST} accounts, which is more than is looked at")
    shadow_read = "shadow-read" in records
    shadow = {row[0]: row[1] for row in records["shadow"] if len(row) == 2}
    logins = {row[0] for row in records["login"]}
    admin_gids = {row[0] for row in records["group"]}
    admins = {member for row in records["group"] for member in row[-1].split(",") if member}
    groups = _groups(records)
    disabled = {row[0] for row in records["disabled"]}
    told = shadow_read and "disabled-told" in records
    found = []
    for row in records["passwd"]:
        if len(row) != 6 or not row[1].isdecimal():
            continue
        name, uid, gid, state, shell, home = row
        known = (shadow.get(name, "locked") if shadow_read else "unknown") if state == "x" else state
        found.append(
            Account(
                name=visible(name),
                uid=int(uid[:10]),
                shell=visible(shell),
                home=visible(home),
                can_login=name in logins,
                admin=int(uid[:10]) == 0 or gid in admin_gids or name in admins,
                password=_STATES.get(known, Password.UNKNOWN),
                groups=groups(name, gid),
                disabled=name in disabled if told else None,
            )
        )
    elsewhere = _elsewhere(records, "nsswitch", "compat-entry")
    return Accounts(tuple(found), shadow_read, observed, elsewhere)


def _groups(records: Records) -> Callable[[str, str], tuple[str, ...]]:
    """(Account, primary group's id) -> the names of its groups; none where a directory may know more.

    A group is its number (getgrouplist(3)): of several names for one, the first counts.
    """
    if "groups-read" not in records or _elsewhere(records, "nsswitch-group", "compat-group"):
        return lambda _name, _gid: ()
    names: dict[str, str] = {}
    member_of: dict[str, dict[str, None]] = defaultdict(dict)
    for row in records["member"]:
        if len(row) == 3:
            names.setdefault(row[1], visible(row[0]))
            for member in row[2].split(","):
                member_of[member][row[1]] = None

    def of(name: str, gid: str) -> tuple[str, ...]:
        return tuple(names[one] for one in {gid: None} | member_of.get(name, {}) if one in names)

    return of


def _elsewhere(records: Records, sources: str, compat: str) -> tuple[str, ...]:
    """The sources of accounts or groups that are not local files, by their lines of nsswitch.conf(5).

    Lines of passwd and group that begin with ``+`` bring in NIS, but only where the source ``compat`` reads them. SSSD
    is none where the host has not set it up: Red Hat's systems name it all the same.
    """
    named: dict[str, None] = {}
    for row in records[sources][:8]:
        line = _ACTION.sub(" ", ":".join(row)[:1000].partition("#")[0])
        named |= dict.fromkeys(word for word in line.split() if _SERVICE.fullmatch(word))
    if compat in records and (not named or "compat" in named):
        named["nis"] = None
    silent = _LOCAL | {"sss"} if "no-sssd" in records else _LOCAL
    return tuple(name for name in named if name not in silent)[:16]


def _records(body: bytes) -> Records:
    records: Records = defaultdict(list)
    for line in body.split(b"\n"):
        kind, colon, rest = decoded(line).partition(":")
        if colon:
            records[kind].append(rest.split(":"))
    return records
