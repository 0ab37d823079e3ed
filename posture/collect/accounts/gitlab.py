"""GitLab: all users of an instance by an administrator's token, or the enterprise users of a group at gitlab.com.

https://docs.gitlab.com/api/users/ (as an administrator: `two_factor_enabled`, `is_admin`, `bot`),
https://docs.gitlab.com/api/settings/ and https://docs.gitlab.com/api/group_enterprise_users/. Members of a group who
are no enterprise users are told without their second factor.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.fields import Item, flag, moment, number, raw, text
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import Listing, by_link
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_SIZE: Final = ("per_page", "100")
_OWNER: Final = 50  # https://docs.gitlab.com/api/members/: roles as numbers
_KIND: Final = "GitLab does not tell of which kind a second factor is"


def read_gitlab(asked: Asked) -> DirectoryAccounts:
    """The users of the group where one is named, else of the whole instance.

    Raises:
        NoAnswer: they are not told.
    """
    api = asked.api(asked.setting("url", "https://gitlab.com") + "/api/v4")
    api.login["PRIVATE-TOKEN"] = asked.secret("token")
    group = asked.setting("group")
    limits = [_KIND]
    if group:
        place, listing, accounts, requirement = _group(api, f"/groups/{quote(group, safe='')}", limits)
        place = f"the group {group}"
    else:
        listing = by_link(api, "the users of GitLab", "/users", (_SIZE, ("without_project_bots", "false")))
        accounts = [_user(one) for one in listing.items]
        requirement, place = _instance(api), asked.setting("url")
        if all(one.enrolled is None for one in accounts):
            limits.append("whether users have a second factor is told to administrators of the instance only")
    return DirectoryAccounts(
        "gitlab", place, tuple(accounts), requirement, listing.gaps, tuple(limits), asked.clock()
    )  # fmt: skip


def _user(one: Item) -> DirectoryAccount:
    enrolled = flag(one, "two_factor_enabled")
    return DirectoryAccount(
        text(one, "username"),
        display=text(one, "name"),
        active=raw(one, "state") == "active" if raw(one, "state") else None,
        admin=flag(one, "is_admin"),
        enrolled=enrolled,
        kinds=(MfaKind.UNKNOWN,) if enrolled else (),
        service=flag(one, "bot") is True,
        last_login=moment(one.get("current_sign_in_at")) or moment(one.get("last_sign_in_at")),
    )


def _instance(api: JsonApi) -> MfaRequirement:
    where = "the instance's setting require_two_factor_authentication"
    try:
        required = flag(api.get("/application/settings").data, "require_two_factor_authentication")
    except NoAnswer as error:
        return MfaRequirement(None, f"{where} is not known: {error}")
    return MfaRequirement(required, where if required is not None else f"{where} is not told")


def _group(
    api: JsonApi, path: str, limits: list[str]
) -> tuple[str, Listing, list[DirectoryAccount], MfaRequirement]:  # fmt: skip
    members = by_link(api, "the members of the group", f"{path}/members/all", (_SIZE,))
    known = _enterprise(api, path, limits)
    accounts = [_member(one, known) for one in members.items]
    without = sum(one.enrolled is None for one in accounts)
    if known and without:
        limits.append(f"{without} members are no enterprise users of the group: their second factor is not told")
    return path, members, accounts, _required_by_group(api, path)


def _enterprise(api: JsonApi, path: str, limits: list[str]) -> dict[str, bool]:
    """Enterprise users of the group by name: whether they have a second factor. Empty where that is not told."""
    found: dict[str, bool] = {}
    for word, enrolled in (("enabled", True), ("disabled", False)):
        what = f"enterprise users with two_factor={word}"
        try:
            listing = by_link(api, what, f"{path}/enterprise_users", (("two_factor", word), _SIZE))
        except NoAnswer as error:
            limits.append(f"who has a second factor is told of enterprise users of a top-level group only: {error}")
            return {}
        limits += listing.gaps
        found |= {raw(one, "username"): enrolled for one in listing.items}
    return found


def _member(one: Item, known: dict[str, bool]) -> DirectoryAccount:
    level = number(one, "access_level")
    enrolled = known.get(raw(one, "username"))
    return DirectoryAccount(
        text(one, "username"),
        display=text(one, "name"),
        active=raw(one, "state") == "active" if raw(one, "state") else None,
        admin=None if level is None else level >= _OWNER,
        enrolled=enrolled,
        kinds=(MfaKind.UNKNOWN,) if enrolled else (),
        service=raw(one, "username").startswith(("group_", "project_")) and "_bot" in raw(one, "username"),
    )


def _required_by_group(api: JsonApi, path: str) -> MfaRequirement:
    where = "the group's setting require_two_factor_authentication"
    try:
        required = flag(api.get(path).data, "require_two_factor_authentication")
    except NoAnswer as error:
        return MfaRequirement(None, f"{where} is not known: {error}")
    return MfaRequirement(required, where if required is not None else f"{where} is told to owners only")
