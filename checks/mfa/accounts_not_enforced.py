from __future__ import annotations

from checks.mfa.people import MOST, about, aside, people, seen, too_old, unknown, unseen
from checks.wording import count
from posture.sdk import (
    DirectoryAccount,
    DirectoryAccounts,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "mfa.accounts-not-enforced",
    title="A second factor is up to each person",
    clause="4.2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:6.3", "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.3",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def accounts_not_enforced(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """The source does not demand a second factor of everybody, or exempts accounts: one finding a source.

    Judged is the setting for all where there is one, else that of each account. Break-glass accounts may be exempt, so
    that a fault of the factor locks nobody out; they are told by mfa.accounts-phishable where they have no key. Where
    the source does not tell what it demands, or demands it of some only by rules that are not read to their end, this
    is not assessed. Accounts that sign in through another provider are left to that provider.

    It is wrong where something in front of the source, such as a VPN, asks for the second factor: accept it then.
    """
    old = list(too_old(fact))
    if old:
        yield from old
        return
    required, where = fact.requirement.required, fact.requirement.where
    every = [one for one in people(fact) if not one.external and not one.break_glass]
    lax = [one for one in every if _lax(one, required)]
    if lax:
        yield _failure(lax, every, fact)
    open_ends = list(unseen(fact))
    dark = [one for one in every if one.enforced is None] if required is None else []
    if dark and len(dark) == len(every):
        open_ends.append(not_assessed(f"Whether a second factor is demanded is not known: {where}"))
    else:
        open_ends += unknown(f"Whether a second factor is demanded ({where})", dark, fact)
    yield from open_ends
    if lax or open_ends:
        return
    if every:
        yield passed(f"A second factor is demanded of {count(len(every), 'account')}: {where}{aside(fact)}")
    else:
        yield not_applicable(f"There is no account that it could be demanded of{aside(fact)}")


def _lax(one: DirectoryAccount, required: bool | None) -> bool:
    return one.enforced is False if required is not False else one.enforced is not True


def _failure(lax: list[DirectoryAccount], every: list[DirectoryAccount], fact: DirectoryAccounts) -> Verdict:
    required, where = fact.requirement.required, fact.requirement.where
    if required is False:
        words = f"Nobody is made to use a second factor: {where}"
    else:
        words = f"{len(lax)} of {count(len(every), 'account')} may sign in without a second factor ({where})"
    return fail(
        words,
        subject="enforcement",
        evidence=[seen(fact, lax)],
        all=required is False,
        where=where,
        names=tuple(one.name for one in lax[:MOST]),
        more=max(0, len(lax) - MOST),
        **about(fact),
    )
