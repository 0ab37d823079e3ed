"""Proxmox VE: users, their second factors, realms and rights, by an API token.

https://pve.proxmox.com/pve-docs/api-viewer/ (/access/users, /access/tfa, /access/domains, /access/acl). Without
Sys.Audit on /access the lists hold the token's own user only, which must not look like all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.fields import Item, at, digit, epoch, items, number, raw, text, texts
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_KINDS: Final[Mapping[str, MfaKind]] = {
    "totp": MfaKind.TOTP,
    "webauthn": MfaKind.SECURITY_KEY,
    "u2f": MfaKind.SECURITY_KEY,
    "yubico": MfaKind.TOTP,  # a one-time password that is typed by a key, and that a false page can take
    "recovery": MfaKind.RECOVERY,
}
_RULING: Final = frozenset({"Administrator", "PVEAdmin", "PVESysAdmin"})
_EXTERNAL: Final = frozenset({"openid"})


def read_proxmox(asked: Asked) -> DirectoryAccounts:
    """The users of the cluster.

    Raises:
        NoAnswer: they are not told.
        SourceFault: only the token's own user is.
    """
    api = asked.api(asked.setting("url") + "/api2/json")
    token = asked.secret("token")
    api.login["Authorization"] = f"PVEAPIToken={token}"
    users = _list(api, "/access/users?full=1")
    own = token.partition("!")[0]
    if all(raw(one, "userid") == own for one in users):
        raise SourceFault("only the token's own user is told: give it Sys.Audit on /access (role PVEAuditor)")
    limits: dict[str, str] = {}
    look = _Look(
        api,
        {
            raw(one, "userid"): list(items(one, "entries"))
            for one in _or_none(api, "/access/tfa", "factors", limits) or ()
        },
        _or_none(api, "/access/domains", "which realms require a second factor", limits),
        _or_none(api, "/access/acl", "who is an administrator", limits),
        limits,
    )
    if look.rules == []:
        limits["rules"] = "who is an administrator: no rule of access is shown; give the token Sys.Audit on /access"
    accounts = tuple(_account(one, look, asked) for one in users)
    return DirectoryAccounts(
        "proxmox", asked.setting("url"), accounts, _requirement(look.realms), (), tuple(limits.values()), asked.clock()
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """The lists beside the users; None where one is not told. `factors` has who surely has one."""

    api: JsonApi
    factors: Mapping[str, list[Item]]
    realms: list[Item] | None
    rules: list[Item] | None
    limits: dict[str, str]

    def entries(self, user: str) -> list[Item] | None:
        """The factors of a user. Who is not in the list of all is asked about: it leaves out who may not be seen."""
        if user in self.factors:
            return self.factors[user]
        return _or_none(self.api, f"/access/tfa/{quote(user, safe='')}", "the factor of some users", self.limits)

    def realm(self, name: str) -> Item:
        """A realm, empty where it is not told."""
        return next((one for one in self.realms or () if raw(one, "realm") == name), {})

    def rules_all(self, holders: frozenset[tuple[str, str]]) -> bool | None:
        """Whether one of these users and groups rules the cluster."""
        if not self.rules:
            return None
        ruling = (one for one in self.rules if raw(one, "roleid") in _RULING and raw(one, "path") in {"/", "/access"})
        return any((raw(one, "type"), raw(one, "ugid")) in holders for one in ruling)


def _list(api: JsonApi, path: str) -> list[Item]:
    found: Any = at(api.get(path).data, "data")
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise NoAnswer(f"{path.partition('?')[0]}: the answer is not of the documented form")
    return found


def _or_none(api: JsonApi, path: str, what: str, limits: dict[str, str]) -> list[Item] | None:
    try:
        return _list(api, path)
    except NoAnswer as error:
        limits.setdefault(what, f"{what}: not known: {error}")
        return None


def _account(one: Item, look: _Look, asked: Asked) -> DirectoryAccount:
    user = raw(one, "userid")
    realm = look.realm(user.rpartition("@")[2])
    required = bool(raw(realm, "tfa")) if realm else None
    entries = look.entries(user)
    kinds = _kinds(entries or [])
    enrolled = None if entries is None else any(kind is not MfaKind.RECOVERY for kind in kinds)
    external = (raw(realm, "type") or raw(one, "realm-type")) in _EXTERNAL
    return DirectoryAccount(
        text(one, "userid"),
        display=" ".join(filter(None, (text(one, "firstname"), text(one, "lastname")))),
        active=_active(one, asked),
        admin=_admin(one, user, look),
        enrolled=None if external and not enrolled else enrolled,
        kinds=kinds,
        enforced=True if required or enrolled else None if None in {required, enrolled} else False,
        external=external,
    )


def _active(one: Item, asked: Asked) -> bool | None:
    enabled, ends = digit(one, "enable"), epoch(number(one, "expire"))
    if "enable" not in one:
        enabled = True  # its default
    return False if ends is not None and ends <= asked.clock() else enabled


def _kinds(entries: list[Item]) -> tuple[MfaKind, ...]:
    used = [one for one in entries if digit(one, "enable") is not False]
    return tuple(dict.fromkeys(_KINDS.get(raw(one, "type"), MfaKind.UNKNOWN) for one in used))


def _admin(one: Item, user: str, look: _Look) -> bool | None:
    if user == "root@pam":
        return True
    value = at(one, "groups")
    groups = value.split(",") if isinstance(value, str) else texts(one, "groups")
    return look.rules_all(frozenset({("user", user), *(("group", group) for group in groups)}))


def _requirement(realms: list[Item] | None) -> MfaRequirement:
    if realms is None:
        return MfaRequirement(None, "whether realms require a second factor is not told")
    own = [one for one in realms if raw(one, "type") not in _EXTERNAL]
    lax = [text(one, "realm") for one in own if not raw(one, "tfa")]
    if not lax and own:
        return MfaRequirement(True, "all realms require it (Datacenter, Permissions, Realms: TFA)")
    return MfaRequirement(
        None, f"realms that do not require it: {', '.join(lax[:5])} (Datacenter, Permissions, Realms)"
    )
