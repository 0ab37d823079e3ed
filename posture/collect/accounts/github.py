"""GitHub: members of an organization and outside collaborators, by an owner's token.

https://docs.github.com/en/rest/orgs/members and /outside-collaborators: the filters 2fa_disabled and 2fa_insecure are
for owners; who is none gets 422, which is no empty list.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.fields import flag, raw, text
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import Listing, by_link
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_SIZE: Final = ("per_page", "100")
_LIMIT: Final = "GitHub tells of a second factor only whether it is none, one by text message, or another"
_OWNERS: Final = "who has no second factor is told to owners of the organization only"


def read_github(asked: Asked) -> DirectoryAccounts:
    """Members and outside collaborators of the organization.

    Raises:
        NoAnswer: they are not told.
    """
    api = asked.api(asked.setting("url", "https://api.github.com"))
    api.login |= {
        "Authorization": f"Bearer {asked.secret('token')}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    path = f"/orgs/{quote(asked.setting('org'), safe='')}"
    owners = _list(api, "the owners", f"{path}/members", role="admin")
    members = _list(api, "the members", f"{path}/members", role="member")
    outside = _list(api, "the outside collaborators", f"{path}/outside_collaborators")
    limits = [_LIMIT]
    none = _filtered(api, path, "2fa_disabled", limits)
    weak = _filtered(api, path, "2fa_insecure", limits)
    accounts = {}
    for listing, admin in ((outside, False), (members, False), (owners, True)):
        for one in listing.items:
            login = text(one, "login")
            accounts[login] = _account(login, admin=admin, bot=raw(one, "type") == "Bot", none=none, weak=weak)
    gaps = (*owners.gaps, *members.gaps, *outside.gaps)
    if not owners.items:
        gaps = (*gaps, "no owner is told, and every organization has one")
    place = f"the organization {asked.setting('org')}"
    return DirectoryAccounts(
        "github-org", place, tuple(accounts.values()), _requirement(api, path), gaps, tuple(limits), asked.clock()
    )


def _list(api: JsonApi, what: str, path: str, **query: str) -> Listing:
    return by_link(api, what, path, (*query.items(), _SIZE))


def _filtered(api: JsonApi, path: str, which: str, limits: list[str]) -> frozenset[str] | None:
    """Who of members and outside collaborators the filter finds; None where that is not told."""
    found: set[str] = set()
    for place in ("members", "outside_collaborators"):
        try:
            listing = by_link(api, f"{place} with {which}", f"{path}/{place}", (("filter", which), _SIZE))
        except NoAnswer as error:
            limits.append(f"{_OWNERS}: {error}" if error.status in {403, 404, 422} else str(error))
            return None
        if listing.gaps:
            limits += listing.gaps
            return None
        found |= {text(one, "login") for one in listing.items}
    return frozenset(found)


def _account(
    login: str, *, admin: bool, bot: bool, none: frozenset[str] | None, weak: frozenset[str] | None
) -> DirectoryAccount:
    enrolled = None if none is None else login not in none
    kinds: tuple[MfaKind, ...] = ()
    if enrolled:
        kinds = (MfaKind.SMS,) if weak is not None and login in weak else (MfaKind.UNKNOWN,)
    return DirectoryAccount(login, admin=admin, enrolled=enrolled, kinds=kinds, service=bot)


def _requirement(api: JsonApi, path: str) -> MfaRequirement:
    where = "the organization's setting to require two-factor authentication"
    try:
        required = flag(api.get(path).data, "two_factor_requirement_enabled")
    except NoAnswer as error:
        return MfaRequirement(None, f"{where} is not known: {error}")
    return MfaRequirement(required, where if required is not None else f"{where} is told to owners only")
