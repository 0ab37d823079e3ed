"""Whether Entra ID demands a second factor of everybody: security defaults, or a policy of Conditional Access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from posture.collect.accounts.fields import Item, at, flag, items, raw, text, texts
from posture.collect.accounts.http import JsonApi, NoAnswer
from posture.collect.accounts.pages import Page, listed
from posture.facts.people import MfaRequirement

_DEFAULTS: Final = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"
_POLICIES: Final = "/v1.0/identity/conditionalAccess/policies"
_NARROWING: Final = (
    "locations", "platforms", "devices", "signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels",
    "insiderRiskLevels", "authenticationFlows", "clientApplications",
)  # fmt: skip
_GROUPS: Final = ("excludeGroups", "excludeRoles")


class Enforcement(NamedTuple):
    """What is demanded of all, and the ids of users that are excluded from it."""

    requirement: MfaRequirement
    excluded: frozenset[str] = frozenset()


def enforcement(api: JsonApi) -> Enforcement:
    """What the tenant demands; not known where one of both is not told, or where only some ways in are covered."""
    try:
        defaults = flag(api.get(_DEFAULTS).data, "isEnabled")
        if defaults:
            return Enforcement(MfaRequirement(True, "the security defaults of the tenant"))

        def page(cursor: str) -> Page:
            data = api.get(cursor or _POLICIES).data
            link = raw(data, "@odata.nextLink")
            return at(data, "value"), api.local(link) if link else ""

        listing = listed("the policies of Conditional Access", page)
    except NoAnswer as error:
        return Enforcement(MfaRequirement(None, f"what the tenant demands is not known (Policy.Read.All): {error}"))
    if listing.gaps or defaults is None:
        words = "what the tenant demands is not known as a whole"
        return Enforcement(MfaRequirement(None, f"{words}: {'; '.join(listing.gaps) or 'security defaults not told'}"))
    return _judged([one for one in listing.items if raw(one, "state") == "enabled"])


def _judged(policies: list[Item]) -> Enforcement:
    demanding = [one for one in policies if _demands(one)]
    for one in (each for each in demanding if _of_all(each)):
        users = at(one, "conditions", "users")
        where = f"the Conditional Access policy {text(one, 'displayName')}"
        if any(texts(users, name) for name in _GROUPS) or at(users, "excludeGuestsOrExternalUsers"):
            return Enforcement(MfaRequirement(None, f"{where} excludes groups or roles, whose members are not read"))
        return Enforcement(MfaRequirement(True, where), frozenset(texts(users, "excludeUsers")))
    if demanding:
        words = f"{len(demanding)} policies of Conditional Access demand it of some users or applications"
        return Enforcement(MfaRequirement(None, f"{words}; which sign-ins are left is not concluded"))
    return Enforcement(
        MfaRequirement(False, "security defaults are off, and no policy of Conditional Access demands it")
    )


def _demands(policy: Item) -> bool:
    """Whether a second factor is among what it grants access for, and nothing else would do instead."""
    grant = at(policy, "grantControls")
    controls = set(texts(grant, "builtInControls"))
    strength = isinstance(at(grant, "authenticationStrength"), Mapping)
    if not strength and "mfa" not in controls:
        return False
    return raw(grant, "operator") == "AND" or len(controls) + strength == 1


def _of_all(policy: Item) -> bool:
    conditions = at(policy, "conditions")
    clients = set(texts(conditions, "clientAppTypes"))
    everywhere = not any(at(conditions, name) for name in _NARROWING) and clients <= {"all"}
    applications = at(conditions, "applications")
    every = "All" in texts(applications, "includeApplications") and not texts(applications, "excludeApplications")
    filtered = at(applications, "applicationFilter") or list(
        items(applications, "includeAuthenticationContextClassReferences")
    )
    return everywhere and every and not filtered and "All" in texts(at(conditions, "users"), "includeUsers")
