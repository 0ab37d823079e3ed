"""cPanel/WHM: whether accounts have set up codes, by an API token of WHM.

https://api.docs.cpanel.net/specifications/whm.openapi/ (listaccts, listresellers, twofactorauth_policy_status,
uapi_cpanel) and UAPI TwoFactorAuth::get_user_configuration. The functions of WHM that give out the configuration of
users give out the seeds of their codes: they are not among the functions that can be asked here.
"""

from __future__ import annotations

from typing import Any, Final

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.fields import Item, at, digit, items, raw, text, texts
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

FUNCTIONS: Final = frozenset({"listaccts", "listresellers", "twofactorauth_policy_status", "uapi_cpanel"})
"""All that is ever asked of WHM; of UAPI, TwoFactorAuth::get_user_configuration alone."""
_ROOT: Final = "whether root has a second factor is told only together with its seed, which is never asked for"


def read_whm(asked: Asked) -> DirectoryAccounts:
    """The accounts of the server that the token may see, and root.

    Raises:
        NoAnswer: they are not told.
    """
    api = asked.api(asked.setting("url") + "/json-api")
    api.login["Authorization"] = f"whm {asked.setting('user', 'root')}:{asked.secret('token')}"
    listed = at(_ask(api, "listaccts"), "acct")
    if not isinstance(listed, list):
        raise NoAnswer("listaccts: the answer is not of the documented form")
    policy = digit(_ask(api, "twofactorauth_policy_status"), "is_enabled")
    limits = [_ROOT]
    resellers = _resellers(api, limits)
    accounts = [_account(api, one, policy, resellers, limits) for one in items({"all": listed}, "all")]
    accounts.append(DirectoryAccount("root", admin=True, enrolled=False if policy is False else None))
    gaps = [] if len(accounts) - 1 == len(listed) else ["listaccts: not all accounts are of the documented form"]
    if asked.setting("user", "root") != "root":
        gaps.append("a reseller's token shows this reseller's accounts only, not all of the server")
    return DirectoryAccounts(
        "whm", asked.setting("url"), tuple(accounts), _requirement(policy), tuple(gaps),
        tuple(dict.fromkeys(limits)), asked.clock(),
    )  # fmt: skip


def _ask(api: JsonApi, function: str, *more: tuple[str, str]) -> Any:
    """The data of an answer of WHM.

    Raises:
        NoAnswer: there is none, or WHM says that the function failed.
        ValueError: the function is none that may be asked.
    """
    if function not in FUNCTIONS:
        raise ValueError(f"{function} is never asked")
    told = api.get(f"/{function}", (("api.version", "1"), *more)).data
    if digit(told, "metadata", "result") is not True:
        raise NoAnswer(f"{function}: it failed; the token may lack the right, see docs/accounts.md")
    return at(told, "data")


def _resellers(api: JsonApi, limits: list[str]) -> frozenset[str] | None:
    try:
        found = _ask(api, "listresellers")
    except NoAnswer as error:
        limits.append(f"who is a reseller is not known: {error}")
        return None
    if not isinstance(at(found, "reseller"), list):
        limits.append("who is a reseller is not known: the answer is not of the documented form")
        return None
    return frozenset(texts(found, "reseller"))


def _account(
    api: JsonApi, one: Item, policy: bool | None, resellers: frozenset[str] | None, limits: list[str]
) -> DirectoryAccount:
    user, suspended = raw(one, "user"), digit(one, "suspended")
    configured = _configured(api, user, limits) if suspended is not True and policy is not False else None
    enrolled = False if policy is False else configured
    return DirectoryAccount(
        text(one, "user"),
        display=text(one, "domain"),
        active=None if suspended is None else not suspended,
        admin=None if resellers is None else user in resellers,
        enrolled=enrolled,
        kinds=(MfaKind.TOTP,) if enrolled else (),
        enforced=enrolled,
    )


def _configured(api: JsonApi, user: str, limits: list[str]) -> bool | None:
    """Whether a user has set up codes; while the server's policy is off, nobody is asked for them."""
    call = (("cpanel.user", user), ("cpanel.module", "TwoFactorAuth"), ("cpanel.function", "get_user_configuration"))
    try:
        told = _ask(api, "uapi_cpanel", *call)
    except NoAnswer as error:
        limits.append(f"whether accounts have set up codes is not known: {error}")
        return None
    enabled = digit(told, "uapi", "data", "is_enabled")
    if digit(told, "uapi", "status") is not True or enabled is None:
        limits.append("whether accounts have set up codes is not known: UAPI failed, or answered in another form")
        return None
    return enabled


def _requirement(policy: bool | None) -> MfaRequirement:
    if policy is False:
        return MfaRequirement(False, "WHM, Security Center, Two-Factor Authentication: the security policy is off")
    if policy is None:
        return MfaRequirement(None, "the status of WHM's security policy for two-factor authentication is not told")
    return MfaRequirement(None, "cPanel asks each account that has set it up, and can require it of nobody")
