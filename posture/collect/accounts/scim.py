"""SCIM 2: the users of any provider that speaks it (RFC 7643, RFC 7644).

Its core has no attribute for a second factor. Where the provider has an extension for it, the inventory names the
attribute; without one, enrolment is unknown.
"""

from __future__ import annotations

from typing import Any, Final

from posture.collect.accounts.asked import Asked
from posture.collect.accounts.csv_file import KINDS
from posture.collect.accounts.fields import Item, at, flag, items, number, raw, text
from posture.collect.accounts.http import NoAnswer
from posture.collect.accounts.pages import Page, listed
from posture.facts.people import DirectoryAccount, DirectoryAccounts, MfaKind, MfaRequirement

_SIZE: Final = 100
_UNMAPPED: Final = (
    "SCIM has no attribute for a second factor: name the provider's own in mfa_attribute, or use another source"
)


def read_scim(asked: Asked) -> DirectoryAccounts:
    """The users that the provider lists.

    Raises:
        NoAnswer: they are not told.
    """
    api = asked.api(asked.setting("url"))
    api.login |= {"Authorization": f"Bearer {asked.secret('token')}", "Accept": "application/scim+json"}

    def page(cursor: str) -> Page:
        start = int(cursor or "1")
        data = api.get("/Users", (("startIndex", str(start)), ("count", str(_SIZE)))).data
        found, total = at(data, "Resources"), number(data, "totalResults")
        if total is None:
            raise NoAnswer("the users of SCIM: the answer does not say how many there are (totalResults)")
        found = [] if found is None and not total else found
        after = start + (len(found) if isinstance(found, list) else 0)
        if not found and after <= total:
            raise NoAnswer(f"the users of SCIM: {int(total)} were announced, and the list ended after {start - 1}")
        return found, str(after) if after <= total else ""

    listing = listed("the users of SCIM", page)
    mapped, groups = asked.setting("mfa_attribute"), frozenset(asked.names("admin_groups"))
    accounts = tuple(_account(one, mapped, groups) for one in listing.items)
    limits = [] if mapped else [_UNMAPPED]
    if not groups:
        limits.append("who is an administrator is not known: name groups or roles in the field admin_groups")
    requirement = MfaRequirement(None, "SCIM does not tell whether the second factor must be used")
    return DirectoryAccounts(
        "scim", asked.setting("url"), accounts, requirement, listing.gaps, tuple(limits), asked.clock()
    )


def _account(one: Item, mapped: str, groups: frozenset[str]) -> DirectoryAccount:
    enrolled, kinds = _factor(_attribute(one, mapped) if mapped else None)
    return DirectoryAccount(
        text(one, "userName"),
        display=text(one, "displayName") or text(one, "name", "formatted"),
        active=flag(one, "active"),
        admin=_admin(one, groups),
        enrolled=enrolled,
        kinds=kinds,
    )


def _admin(one: Item, groups: frozenset[str]) -> bool | None:
    """By the groups and roles that the user's own resource names; None where it names none at all."""
    if not groups or not ("groups" in one or "roles" in one):
        return None
    held = [*items(one, "groups"), *items(one, "roles")]
    return any(raw(each, name) in groups for each in held for name in ("display", "value"))


def _attribute(one: Item, mapped: str) -> Any:
    """The value of ``urn:...:User:name``, of ``urn:...:User:name.sub``, or of an attribute of the core."""
    schema, _, name = mapped.rpartition(":")
    return at(one, *((schema,) if schema else ()), *name.split("."))


def _factor(value: Any) -> tuple[bool | None, tuple[MfaKind, ...]]:
    """What an attribute says that is true or false, a list of factors, or the name of one."""
    if isinstance(value, bool):
        return value, (MfaKind.UNKNOWN,) if value else ()
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None, ()
    plain = [word.strip().casefold().replace("_", "-") for word in words]
    if plain in (["true"], ["enabled"], ["yes"]):
        return True, (MfaKind.UNKNOWN,)
    if plain in ([], ["false"], ["disabled"], ["none"], ["no"]):
        return False, ()
    kinds = tuple(dict.fromkeys(KINDS[word] for word in plain if word in KINDS))
    return (True, kinds) if kinds and all(word in KINDS for word in plain) else (None, ())
