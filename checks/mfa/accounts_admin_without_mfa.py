from __future__ import annotations

from checks.mfa.people import about, aside, one_factor, people, rules, seen, too_old, unknown, unseen
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


@check(
    "mfa.accounts-admin-without-mfa",
    title="An administrator signs in with a password alone",
    clause="4.2",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:6.5",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def accounts_admin_without_mfa(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """An account that administers the source, or a break-glass account, has no second factor: one finding each.

    High instead of critical where the next sign-in has to set one up: until then, whoever has the password can set up
    his own. Suspended accounts, accounts without a password and those of programs (named by the source, or in
    service_accounts of the inventory) are left aside. Who is an administrator is what the source says; where it does
    not, accounts without a second factor are not assessed here, and judged with all others by mfa.accounts-without-mfa.
    Accounts that sign in through another provider are not assessed: that provider has to be audited.

    It is wrong where an administrator of applications behind the source is no administrator of the source itself, and
    where an account that a program uses is not named as one.
    """
    old = list(too_old(fact))
    if old:
        yield from old
        return
    every = people(fact)
    admins = [one for one in every if rules(one)]
    failed = [one for one in admins if one_factor(one)]
    for one in failed:
        yield _failure(one, fact)
    open_ends = [
        *unseen(fact),
        *unknown("The second factor of administrators", (one for one in admins if one.enrolled is None), fact),
        *unknown("Who is an administrator", (one for one in every if rules(one) is None and _matters(one)), fact),
    ]
    yield from open_ends
    if failed or open_ends:
        return
    if admins:
        yield passed(f"All {count(len(admins), 'administrator')} have a second factor{aside(fact)}")
    else:
        yield not_applicable(f"None of {count(len(every), 'account')} is an administrator's{aside(fact)}")


def _matters(one: DirectoryAccount) -> bool:
    return one_factor(one) or one.enrolled is None


def _failure(one: DirectoryAccount, fact: DirectoryAccounts) -> Verdict:
    asked = fact.requirement.required is True or one.enforced is True
    who = "the break-glass account" if one.break_glass else "an administrator"
    then = "; the next sign-in has to set one up" if asked else ""
    return fail(
        f"{one.name}, {who}, has no second factor{then}",
        subject=one.name,
        severity=Severity.HIGH if asked else None,
        evidence=[seen(fact, [one])],
        name=one.name,
        break_glass=one.break_glass,
        asked=asked,
        **about(fact),
    )
