"""Keycloak: the users of a realm by its Admin REST API, read by a client or an account that may only view.

https://www.keycloak.org/docs-api/latest/rest-api/index.html. A user's `totp` is false for who has a passkey only, so
that each user's credentials are read: their kinds, for the API gives no secret of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked, SourceFault
from posture.collect.accounts.fields import Item, flag, items, raw, text, texts, whole
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.keycloak_flow import required_by
from posture.collect.accounts.pages import Listing, by_offset
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_PAGE: Final = 100
_KINDS: Final[Mapping[str, MfaKind]] = {
    "otp": MfaKind.TOTP,
    "webauthn": MfaKind.SECURITY_KEY,
    "webauthn-passwordless": MfaKind.PASSKEY,
    "recovery-authn-codes": MfaKind.RECOVERY,
}
_ACTIONS: Final = frozenset({"CONFIGURE_TOTP", "webauthn-register", "webauthn-register-passwordless"})
_RULING: Final = frozenset({
    "realm-admin", "manage-users", "manage-realm", "manage-clients", "manage-identity-providers",
    "manage-authorization", "impersonation",
})  # fmt: skip
"""Roles of the client realm-management whose holder rules the realm, or can make himself ruler of it."""


@dataclass(slots=True)
class _Realm:
    """One realm. `told` are failures that hold for all users: what was refused once is not asked again."""

    api: JsonApi
    name: str
    management: str = ""
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/admin/realms/{quote(self.name, safe='')}"

    def of_user(self, what: str, ask: Callable[[], Any]) -> Any | None:
        """What of a user is asked, None where it is not answered; a refusal is kept."""
        if what in self.refused:
            return None
        try:
            return ask()
        except NoAnswer as error:
            if error.status in {401, 403}:
                self.refused[what] = str(error)
            raise

    def get(self, path: str) -> Any:
        """What is at a path below the realm."""
        return self.api.get(f"{self.path}{path}").data


def read_keycloak(asked: Asked) -> DirectoryAccounts:
    """The users of the realm.

    Raises:
        NoAnswer: it could not be logged in to, or its users are not told.
        SourceFault: the inventory lacks something.
    """
    base, name = _place(asked.setting("url"))
    api = asked.api(base)
    _log_in(api, asked, name)
    realm = _Realm(api, name)
    limits: list[str] = []
    realm.management = _management(realm, limits)
    listing = _users(realm)
    unread: list[str] = []
    accounts = tuple(_account(realm, user, unread) for user in listing.items)
    limits += list(realm.refused.values())
    if unread:
        limits.append(f"{len(unread)} questions about single users were not answered, first: {unread[0]}")
    requirement, url = _requirement(realm), asked.setting("url")
    return DirectoryAccounts(
        "keycloak", url, accounts, requirement, listing.gaps, tuple(dict.fromkeys(limits)), asked.clock()
    )


def _place(url: str) -> tuple[str, str]:
    base, found, name = url.rstrip("/").rpartition("/realms/")
    if not found or not name or "/" in name:
        raise SourceFault("the url of a realm ends in /realms/NAME; correct it in the inventory")
    return base, name


def _log_in(api: JsonApi, asked: Asked, realm: str) -> None:
    """An access token for the API, which lasts a minute or more: it is asked for again when it is refused."""
    fields = {"client_id": asked.setting("client_id", "admin-cli")}
    if asked.setting("client_secret"):
        fields["client_secret"] = asked.secret("client_secret")
    if asked.setting("user"):
        fields |= {"grant_type": "password", "username": asked.setting("user"), "password": asked.secret("password")}
    elif "client_secret" in fields:
        fields["grant_type"] = "client_credentials"
    else:
        raise SourceFault("give client_id and client_secret, or user and password, in the inventory")
    path = f"/realms/{quote(realm, safe='')}/protocol/openid-connect/token"

    def renew() -> None:
        api.login.pop("Authorization", None)
        token = raw(api.post(path, fields).data, "access_token")
        if not token:
            raise NoAnswer("the login was answered without a token")
        api.login["Authorization"] = f"Bearer {token}"

    renew()
    api.renew = renew


def _users(realm: _Realm) -> Listing:
    def page(first: int) -> Any:
        query = (("first", str(first)), ("max", str(_PAGE)), ("briefRepresentation", "false"))
        return realm.api.get(f"{realm.path}/users", query).data

    return by_offset("the users of the realm", _PAGE, page)


def _management(realm: _Realm, limits: list[str]) -> str:
    """The id of the client whose roles rule the realm; empty where it is not told."""
    if realm.name == "master":
        return ""
    try:
        found = realm.api.get(f"{realm.path}/clients", (("clientId", "realm-management"),)).data
    except NoAnswer as error:
        limits.append(f"who is an administrator is not known: {error}")
        return ""
    clients = items({"all": found}, "all")
    ids = [raw(client, "id") for client in clients if raw(client, "clientId") == "realm-management"]
    if not ids or not ids[0]:
        limits.append("who is an administrator is not known: the login may not see the client realm-management")
        return ""
    return ids[0]


def _account(realm: _Realm, user: Item, unread: list[str]) -> DirectoryAccount:
    ident, external = quote(raw(user, "id"), safe=""), bool(raw(user, "federationLink"))
    found = _of_user(realm, "credentials", f"/users/{ident}/credentials", unread)
    types = [raw(one, "type") for one in found] if found is not None else []
    kinds = tuple(dict.fromkeys(_KINDS[kind] for kind in types if kind in _KINDS))
    factors = [kind for kind in kinds if kind is not MfaKind.RECOVERY]
    enrolled: bool | None = bool(factors)
    if not factors and (found is None or external):
        enrolled = True if flag(user, "totp") else None
    if not kinds and enrolled:
        kinds = (MfaKind.TOTP,)
    return DirectoryAccount(
        text(user, "username"),
        display=" ".join(filter(None, (text(user, "firstName"), text(user, "lastName")))),
        active=flag(user, "enabled"),
        admin=_admin(realm, ident, unread),
        enrolled=enrolled,
        kinds=kinds,
        enforced=True if _ACTIONS & set(texts(user, "requiredActions")) else None,
        service=bool(raw(user, "serviceAccountClientId")),
        external=external,
        password=None if found is None or external else "password" in types,
    )


def _admin(realm: _Realm, ident: str, unread: list[str]) -> bool | None:
    """By the roles that hold, those of groups and composite roles included."""
    if realm.name == "master":
        found = _of_user(realm, "roles", f"/users/{ident}/role-mappings/realm/composite", unread)
        return None if found is None else any(raw(role, "name") in {"admin", "create-realm"} for role in found)
    if not realm.management:
        return None
    path = f"/users/{ident}/role-mappings/clients/{quote(realm.management, safe='')}/composite"
    found = _of_user(realm, "roles", path, unread)
    return None if found is None else any(raw(role, "name") in _RULING for role in found)


def _of_user(realm: _Realm, what: str, path: str, unread: list[str]) -> list[Item] | None:
    try:
        found = realm.of_user(what, lambda: realm.get(path))
    except NoAnswer as error:
        unread.append(str(error))
        return None
    key = {"credentials": "type", "roles": "name"}[what]
    if found is not None and whole(found, key) is None:
        unread.append(f"{what} of a user: the answer is not of the documented form")
    return whole(found, key)


def _requirement(realm: _Realm) -> MfaRequirement:
    try:
        alias = raw(realm.get(""), "browserFlow")
        if not alias:
            return MfaRequirement(None, "the realm's browser flow is not told; the login needs the role view-realm")
        executions = realm.get(f"/authentication/flows/{quote(alias, safe='')}/executions")
    except NoAnswer as error:
        return MfaRequirement(None, f"the realm's browser flow is not known: {error}")
    required = required_by(executions)
    return MfaRequirement(required, f"the browser flow {text({'alias': alias}, 'alias')} of the realm")
