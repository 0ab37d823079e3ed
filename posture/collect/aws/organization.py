"""The accounts of an AWS organization, so that none is left out of the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from posture.collect.aws.api import Api, Call
from posture.collect.aws.errors import Unanswered
from posture.model.text import visible

_ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization; `active` is False where it is suspended or being closed."""

    id: str
    name: str
    active: bool


def members(api: Api) -> tuple[Member, ...]:
    """All accounts, the asked one among them (organizations:ListAccounts).

    Only the management account and delegated administrators may ask.

    Raises:
        Unanswered: AWS did not say, or not of all.
    """
    listing = api.listing(Call("organizations", "ListAccounts"), "Accounts")
    if listing.gaps:
        raise Unanswered(listing.gaps[0])
    found = [_member(one) for one in listing.items if isinstance(one, dict)]
    return tuple(sorted(found, key=lambda member: member.id))


def _member(told: Mapping[str, object]) -> Member:
    state = told.get("State") or told.get("Status")  # the former took the latter's place in 2025
    return Member(visible(str(told.get("Id", "")), 12), visible(str(told.get("Name", "")), 60), state == _ACTIVE)
