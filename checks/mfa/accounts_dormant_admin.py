from __future__ import annotations

from datetime import timedelta
from typing import Final

from checks.mfa.people import about, aside, people, rules, seen, too_old, unknown, unseen
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
    passed,
)

_UNUSED: Final = timedelta(days=90)


@check(
    "mfa.accounts-dormant-admin",
    title="An administrator's account has not been used for months",
    clause="4.2",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.3",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:AC-2", "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:8.2.6",
        "soc2@2017:CC6.2",
        "bsi-c5@2020:IDM-05",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def accounts_dormant_admin(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """An administrator signed in last more than 90 days ago: nobody would notice that someone else does.

    Break-glass accounts are meant to be unused, and left aside with suspended accounts and those of programs. It does
    not apply where the source tells of no account when it was used; where it tells of some, the others are not
    assessed, for they may never have been used.

    It is wrong where the account is used by ways that the source does not count as a sign-in, such as a token.
    """
    old = list(too_old(fact))
    if old:
        yield from old
        return
    if all(one.last_login is None for one in fact.accounts) and not fact.gaps:
        yield not_applicable("The source does not tell when accounts were used")
        return
    every = [one for one in people(fact) if not one.break_glass]
    admins = [one for one in every if rules(one)]
    failed = [one for one in admins if _unused(one, fact)]
    for one in failed:
        yield _failure(one, fact)
    open_ends = [
        *unseen(fact),
        *unknown("When it was used last", (one for one in admins if one.last_login is None), fact),
        *unknown("Who is an administrator", (one for one in every if rules(one) is None and _unused(one, fact)), fact),
    ]
    yield from open_ends
    if failed or open_ends:
        return
    if admins:
        yield passed(f"All {count(len(admins), 'administrator')} signed in within 90 days{aside(fact)}")
    else:
        yield not_applicable(f"No account that was not used for 90 days is an administrator's{aside(fact)}")


def _unused(one: DirectoryAccount, fact: DirectoryAccounts) -> bool:
    return one.last_login is not None and (fact.exported_at or fact.observed) - one.last_login > _UNUSED


def _failure(one: DirectoryAccount, fact: DirectoryAccounts) -> Verdict:
    used = one.last_login.date().isoformat() if one.last_login else ""
    return fail(
        f"{one.name}, an administrator, signed in last on {used}",
        subject=one.name,
        evidence=[seen(fact, [one])],
        name=one.name,
        used=used,
        **about(fact),
    )
