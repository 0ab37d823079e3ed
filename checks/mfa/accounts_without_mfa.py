from __future__ import annotations

from checks.mfa.people import MOST, about, aside, one_factor, people, rules, seen, too_old, unknown, unseen
from checks.wording import count
from posture.sdk import DirectoryAccounts, Iterator, Severity, Verdict, check, fail, not_applicable, passed


@check(
    "mfa.accounts-without-mfa",
    title="People sign in with a password alone",
    clause="4.2",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:6.3",
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
def accounts_without_mfa(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """Accounts that are no administrators' have no second factor: one finding a source, with their names.

    High instead of medium where the source does not tell whether some of them are administrators. Suspended accounts,
    accounts without a password and those of programs are left aside. Accounts of which the source does not tell it, and
    those that sign in through another provider, are not assessed. That a second factor is set up says neither that it
    is asked for (mfa.accounts-not-enforced) nor of which kind it is (mfa.accounts-phishable).

    It is wrong where an account that a program uses is not named in service_accounts of the inventory, and as far as an
    exported list has changed since.
    """
    old = list(too_old(fact))
    if old:
        yield from old
        return
    every = [one for one in people(fact) if rules(one) is not True]
    failed = [one for one in every if one_factor(one)]
    if failed:
        perhaps = any(rules(one) is None for one in failed)
        yield fail(
            f"{count(len(every), 'account')} of people, {len(failed)} without a second factor",
            subject="accounts",
            severity=Severity.HIGH if perhaps else None,
            evidence=[seen(fact, failed)],
            names=tuple(one.name for one in failed[:MOST]),
            more=max(0, len(failed) - MOST),
            perhaps=perhaps,
            **about(fact),
        )
    open_ends = [
        *unseen(fact),
        *unknown("Whether there is a second factor", (one for one in every if one.enrolled is None), fact),
    ]
    yield from open_ends
    if failed or open_ends:
        return
    if every:
        yield passed(f"All {count(len(every), 'account')} of people have a second factor{aside(fact)}")
    else:
        yield not_applicable(f"There is no account but those of administrators{aside(fact)}")
