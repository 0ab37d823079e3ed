"""OpenStack Keystone: which users must show more than one credential, by a reader of the whole system.

https://docs.openstack.org/api-ref/identity/v3/ and
https://docs.openstack.org/keystone/latest/admin/multi-factor-authentication.html: a user's rules are alternatives, so
that one rule of a single method defeats all others. The list of credentials is never asked for: it holds their seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.fields import Item, at, flag, items, moment, raw, text
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import Listing, Page, listed
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_KINDS: Final[Mapping[str, MfaKind]] = {"totp": MfaKind.TOTP}
_FIRST: Final = frozenset({"password", "token", "application_credential"})
_ADMINS: Final = frozenset({"admin", "cloud_admin"})
_RULES: Final = "Keystone demands it by user (multi_factor_auth_enabled, multi_factor_auth_rules)"


def read_keystone(asked: Asked) -> DirectoryAccounts:
    """The users of all domains.

    Raises:
        NoAnswer: they are not told.
    """
    url = asked.setting("url").removesuffix("/v3")
    api = asked.api(f"{url}/v3")
    _log_in(api, asked)
    users = _all(api, "the users of Keystone", "/users", "users")
    limits = ["of factors, Keystone tells those that its rules name; accounts without rules need a password alone"]
    roles = _roles(api, limits)
    domains = _domains(api)
    accounts = tuple(_account(one, roles, domains) for one in users.items)
    return DirectoryAccounts(
        "keystone",
        asked.setting("url"),
        accounts,
        MfaRequirement(None, _RULES),
        users.gaps,
        tuple(limits),
        asked.clock(),
    )


def _log_in(api: JsonApi, asked: Asked) -> None:
    """A token for the whole system, or by an application credential for its project."""
    if asked.setting("client_id"):
        secret = {"id": asked.setting("client_id"), "secret": asked.secret("client_secret")}
        body: Any = {"auth": {"identity": {"methods": ["application_credential"], "application_credential": secret}}}
    else:
        domain = {"name": asked.setting("domain", "Default")}
        user = {"name": asked.setting("user"), "domain": domain, "password": asked.secret("password")}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"system": {"all": True}}}}
    token = api.post("/auth/tokens", body=body).headers.get("x-subject-token", "")
    if not token:
        raise NoAnswer("Keystone answered the login without a token")
    api.login["X-Auth-Token"] = token


def _all(api: JsonApi, what: str, path: str, key: str) -> Listing:
    def page(cursor: str) -> Page:
        data = api.get(cursor or path).data
        link = raw(data, "links", "next")
        return at(data, key), api.local(link) if link else ""

    return listed(what, page)


def _roles(api: JsonApi, limits: list[str]) -> dict[str, set[str]] | None:
    """The names of the roles that each user's id holds anywhere, those of groups included."""
    path = "/role_assignments?effective&include_names"
    try:
        listing = _all(api, "the role assignments", path, "role_assignments")
    except NoAnswer as error:
        limits.append(f"who is an administrator is not known: {error}")
        return None
    if listing.gaps:
        limits += listing.gaps
        return None
    held: dict[str, set[str]] = {}
    for one in listing.items:
        held.setdefault(raw(one, "user", "id"), set()).add(raw(one, "role", "name").casefold())
    return held


def _domains(api: JsonApi) -> dict[str, str]:
    try:
        return {raw(one, "id"): text(one, "name") for one in _all(api, "the domains", "/domains", "domains").items}
    except NoAnswer:
        return {}


def _account(one: Item, roles: dict[str, set[str]] | None, domains: dict[str, str]) -> DirectoryAccount:
    rules = _rules(one)
    must, held = _must(one, rules), None if roles is None else roles.get(raw(one, "id"), set())
    methods = dict.fromkeys(name for rule in rules or () for name in rule if name not in _FIRST) if must else {}
    external = bool(list(items(one, "federated"))) and moment(one.get("password_expires_at")) is None
    domain = raw(one, "domain_id")
    name = text(one, "name")
    return DirectoryAccount(
        name if domain in {"", "default"} else f"{name}@{domains.get(domain, text(one, 'domain_id'))}",
        active=flag(one, "enabled"),
        admin=None if held is None else bool(held & _ADMINS),
        enrolled=None if external and not must else must,
        kinds=tuple(_KINDS.get(method, MfaKind.UNKNOWN) for method in methods),
        enforced=None if external and not must else must,
        service=held is not None and "service" in held,
        external=external,
    )


def _rules(one: Item) -> list[list[str]] | None:
    """The rules as lists of methods; None where they are of another form."""
    value = at(one, "options", "multi_factor_auth_rules")
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(rule, list) for rule in value):
        return None
    return [[str(name) for name in rule] for rule in value]


def _must(one: Item, rules: list[list[str]] | None) -> bool | None:
    """Whether every way in takes a second factor; None where what is said cannot be understood."""
    enabled = at(one, "options", "multi_factor_auth_enabled")
    if not isinstance(enabled, bool | None) or rules is None:
        return None
    return enabled is True and bool(rules) and all(len(set(rule) - {"token"}) > 1 for rule in rules)
