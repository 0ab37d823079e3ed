"""What the checks on all hosts of a customer share: how a place is named, what limits a key, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterable

from posture.sdk import MOST_ELSEWHERE, Evidence, FleetKey, FleetKeys, KeyPlace, KeyRole, Verdict, not_assessed

LIMITS = frozenset({"command", "from"})
"""Options that leave little of a key to who steals it: one command, or the addresses that he has not."""

_ROLES = {
    KeyRole.AUTHORIZED: "authorized for {account}",
    KeyRole.HOST: "host key",
    KeyRole.PRIVATE: "private key of {account}",
    KeyRole.AUTHORITY: "signs certificates for {account}",
}


def evidence_of(key: FleetKey, places: Iterable[KeyPlace], fleet: FleetKeys) -> tuple[Evidence, ...]:
    """The places without the key itself."""
    size = f"{key.bits} bits" if key.bits else ""
    about = " ".join(part for part in (key.type, size, key.fingerprint) if part)
    return tuple(
        Evidence(
            f"{place.resource} {place.place}",
            " ".join(part for part in (f"{role_of(place)};", about, place.comment) if part),
            fleet.observed,
        )
        for place in places
    )


def role_of(place: KeyPlace) -> str:
    """What the key does there, in words."""
    return _ROLES[place.role].format(account=place.account or "all accounts")


def limited(place: KeyPlace) -> bool:
    """Whether the line holds a thief back."""
    return not LIMITS.isdisjoint(place.options)


def hosts_of(places: Iterable[KeyPlace]) -> tuple[str, ...]:
    """The hosts, each once."""
    return tuple(dict.fromkeys(place.resource for place in places))


def files_of(places: Iterable[KeyPlace]) -> tuple[str, ...]:
    """``account:file``, each once: who may write the file, and the file without the number of the line."""
    owned = (("root" if place.place.startswith("/etc/") else place.account or "root", place.place) for place in places)
    return tuple(dict.fromkeys(f"{owner}:{path.rpartition(':')[0] or path}" for owner, path in owned))


def some(names: Iterable[str], most: int = 4) -> str:
    """The first few, and how many more."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def unseen(fleet: FleetKeys, *roles: KeyRole) -> Verdict | None:
    """The verdict on what this run could not look at, None when everything was."""
    gap = fleet.blind(*roles)
    return not_assessed(f"More may be there: {gap}") if gap else None


def others(count: int) -> str:
    """``2 other customers of the provider``."""
    if count >= MOST_ELSEWHERE:
        return f"{MOST_ELSEWHERE} or more other customers of the provider"
    return "1 other customer of the provider" if count == 1 else f"{count} other customers of the provider"
