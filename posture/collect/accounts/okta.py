"""Okta: users, their factors and roles, and whether sign-on rules ask for a factor, by a read-only API token.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/, /UserFactor/, /RoleAssignmentAUser/
and /Policy/. Two questions a user: the rate that Okta allows is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.fields import Item, flag, moment, raw, text, whole
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import by_link
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_KINDS: Final[Mapping[str, MfaKind]] = {
    "webauthn": MfaKind.PASSKEY,
    "u2f": MfaKind.SECURITY_KEY,
    "signed_nonce": MfaKind.PASSKEY,  # Okta FastPass: a key bound to the device, which answers Okta's origin only
    "push": MfaKind.PUSH,
    "token:software:totp": MfaKind.TOTP,
    "token:hotp": MfaKind.TOTP,
    "token:hardware": MfaKind.TOTP,
    "token": MfaKind.TOTP,
    "sms": MfaKind.SMS,
    "call": MfaKind.SMS,
    "email": MfaKind.EMAIL,
}
_NO_FACTOR: Final = frozenset({"question", "password"})  # a second thing that is known is no second factor
_GONE: Final = frozenset({"SUSPENDED", "DEPROVISIONED", "STAGED"})
_FEDERATED: Final = frozenset({"FEDERATION", "SOCIAL"})


def read_okta(asked: Asked) -> DirectoryAccounts:
    """The users of the organization.

    Raises:
        NoAnswer: they are not told.
    """
    api = asked.api(asked.setting("url") + "/api/v1")
    api.login["Authorization"] = f"SSWS {asked.secret('token')}"
    listing = by_link(api, "the users of Okta", "/users", (("limit", "200"),))
    limits: dict[str, str] = {}
    accounts = tuple(_account(api, one, limits) for one in listing.items)
    return DirectoryAccounts(
        "okta", asked.setting("url"), accounts, _requirement(api), listing.gaps, tuple(limits.values()), asked.clock()
    )


def _account(api: JsonApi, one: Item, limits: dict[str, str]) -> DirectoryAccount:
    active = raw(one, "status") not in _GONE if raw(one, "status") else None
    path, external = f"/users/{quote(raw(one, 'id'), safe='')}", _external(one)
    factors = _of_user(api, f"{path}/factors", "factors", limits) if active is not False else None
    roles = _of_user(api, f"{path}/roles", "roles", limits) if active is not False else None
    kinds = _kinds(factors or [])
    enrolled = None if factors is None else any(kind is not MfaKind.RECOVERY for kind in kinds)
    return DirectoryAccount(
        text(one, "profile", "login"),
        display=" ".join(filter(None, (text(one, "profile", "firstName"), text(one, "profile", "lastName")))),
        active=active,
        admin=None if roles is None else any(raw(role, "status") != "INACTIVE" for role in roles),
        enrolled=None if external and not enrolled else enrolled,
        kinds=kinds,
        external=external,
        last_login=moment(one.get("lastLogin")),
    )


def _external(one: Item) -> bool:
    return raw(one, "credentials", "provider", "type") in _FEDERATED


def _kinds(factors: list[Item]) -> tuple[MfaKind, ...]:
    active = [raw(factor, "factorType") for factor in factors if raw(factor, "status") == "ACTIVE"]
    return tuple(dict.fromkeys(_KINDS.get(kind, MfaKind.UNKNOWN) for kind in active if kind not in _NO_FACTOR))


def _of_user(api: JsonApi, path: str, what: str, limits: dict[str, str]) -> list[Item] | None:
    """The list at a path; None where it is not told. What is forbidden for one user is not asked for the next."""
    if f"{what} forbidden" in limits:
        return None
    try:
        found = api.get(path).data
    except NoAnswer as error:
        final = error.status in {401, 403}
        limits.setdefault(f"{what} forbidden" if final else what, f"{what} of users are not known: {error}")
        return None
    key = {"factors": "factorType", "roles": "type"}[what]
    if whole(found, key) is None:
        limits.setdefault(what, f"{what} of users are not known: an answer is not of the documented form")
    return whole(found, key)


def _requirement(api: JsonApi) -> MfaRequirement:
    """By the rules of the global session policies; where these do not ask for a factor, those of the apps decide."""
    where = "the rules of the global session policies"
    try:
        rules = _rules(api)
    except NoAnswer as error:
        return MfaRequirement(None, f"what {where} say is not known (okta.policies.read): {error}")
    letting = [rule for rule in rules if raw(rule, "actions", "signon", "access") == "ALLOW"]
    if letting and all(_asks(rule) for rule in letting):
        return MfaRequirement(True, where)
    return MfaRequirement(None, f"{where} do not ask everybody for it; whether the apps' own policies do is not read")


def _asks(rule: Item) -> bool:
    return flag(rule, "actions", "signon", "requireFactor") is True


def _rules(api: JsonApi) -> list[Item]:
    policies = by_link(api, "the policies", "/policies", (("type", "OKTA_SIGN_ON"),))
    found: list[Item] = []
    for one in policies.items:
        if raw(one, "status") == "ACTIVE":
            rules = by_link(api, "the rules", f"/policies/{quote(raw(one, 'id'), safe='')}/rules", ())
            if rules.gaps:
                raise NoAnswer(rules.gaps[0])
            found += [rule for rule in rules.items if raw(rule, "status") == "ACTIVE"]
    if policies.gaps:
        raise NoAnswer(policies.gaps[0])
    return found
