"""What all checks of people's accounts say alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from checks.wording import count, listed
from posture.sdk import DirectoryAccount, DirectoryAccounts, Evidence, Iterator, Verdict, not_assessed

OLD: Final = timedelta(days=30)
MOST: Final = 50  # names in one finding
_TOLD: Final = 4  # gaps or limits in one sentence


def people(fact: DirectoryAccounts) -> tuple[DirectoryAccount, ...]:
    """Accounts that somebody can sign in to: neither suspended nor a program's."""
    return tuple(one for one in fact.accounts if one.active is not False and not one.service)


def rules(one: DirectoryAccount) -> bool | None:
    """Whether somebody rules with it; break-glass accounts are for nothing else."""
    return True if one.break_glass else one.admin


def one_factor(one: DirectoryAccount) -> bool:
    """Whether it surely has no second factor beside a password."""
    return one.enrolled is False and one.password is not False


def too_old(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """One verdict where the list is too old to say anything of today."""
    if fact.exported_at is not None and fact.observed - fact.exported_at > OLD:
        age = (fact.observed - fact.exported_at).days
        when = fact.exported_at.date().isoformat()
        yield not_assessed(f"The list was exported on {when}, {age} days ago: export it again, at least every 30 days")


def unseen(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """One verdict for what of the list is missing; none where nothing is."""
    if fact.gaps:
        yield not_assessed(f"Not all accounts are known: {listed(fact.gaps, _TOLD)}")


def unknown(what: str, accounts: Iterable[DirectoryAccount], fact: DirectoryAccounts) -> Iterator[Verdict]:
    """One verdict for accounts of which something is not told; none where there are none.

    Args:
        what: is not known, as the sentence begins: ``Whether a second factor is set up``.
        accounts: of which it is not known.
        fact: whose limits say why.
    """
    some = tuple(accounts)
    if some:
        external = sum(one.external for one in some)
        away = f"; {external} of them sign in through another provider, which is to be audited too" if external else ""
        why = f": {listed(fact.limits, _TOLD)}" if fact.limits else ""
        names = listed(one.name for one in some)
        yield not_assessed(f"{what} is not known of {count(len(some), 'account')} ({names}){away}{why}")


def aside(fact: DirectoryAccounts) -> str:
    """What was left aside, and how old the list is: the end of a sentence that says what passed."""
    service = sum(one.service and one.active is not False for one in fact.accounts)
    off = sum(one.active is False for one in fact.accounts)
    parts = [
        f"{count(service, 'service account')} not asked for one" if service else "",
        f"{off} suspended" if off else "",
        f"exported {fact.exported_at.date().isoformat()}" if fact.exported_at else "",
    ]
    told = ", ".join(filter(None, parts))
    return f" ({told})" if told else ""


def seen(fact: DirectoryAccounts, accounts: Iterable[DirectoryAccount]) -> Evidence:
    """What the source said of these accounts."""
    every = tuple(accounts)
    lines = [_line(one) for one in every[:MOST]]
    if len(every) > MOST:
        lines.append(f"and {len(every) - MOST} more")
    return Evidence(f"{fact.source}, {fact.place}", "\n".join(lines), fact.exported_at or fact.observed)


def about(fact: DirectoryAccounts) -> dict[str, Any]:
    """What every text says of the source: its word, where it is, and its name in commands."""
    bare = fact.place.removeprefix("the organization ").removeprefix("the group ").removeprefix("the tenant ")
    bare = bare.rpartition("/realms/")[2] if fact.source == "keycloak" else bare
    return {"source": fact.source, "place": fact.place, "at": bare}


def _line(one: DirectoryAccount) -> str:
    kinds = ", ".join(kind.value for kind in one.kinds)
    words = [
        one.name,
        "administrator" if one.admin else "",
        "break-glass" if one.break_glass else "",
        {True: f"second factor: {kinds or 'yes'}", False: "no second factor", None: "second factor not told"}[
            one.enrolled
        ],
        "" if one.last_login is None else f"last sign-in {one.last_login.date().isoformat()}",
    ]
    return "; ".join(filter(None, words))
