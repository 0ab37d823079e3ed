from __future__ import annotations

from checks.mfa.people import MOST, about, aside, people, rules, seen, too_old, unknown, unseen
from checks.wording import count
from posture.sdk import (
    RESISTANT,
    WEAK,
    DirectoryAccount,
    DirectoryAccounts,
    Iterator,
    MfaKind,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "mfa.accounts-phishable",
    title="A second factor can be taken by a false page or another SIM card",
    clause="4.2",
    severity=Severity.LOW,
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
def accounts_phishable(fact: DirectoryAccounts) -> Iterator[Verdict]:
    """Second factors of a weak kind: of administrators each, of all others one finding.

    An administrator without a passkey or security key is low, and medium where nothing but text messages, calls or
    e-mail is there: these follow the telephone number or mailbox to whoever takes it over. A break-glass account
    without a passkey or security key is medium. Other people are told (low) only for text messages, calls or e-mail
    alone. Accounts without any second factor are other findings. Where the source does not tell the kind, this is not
    assessed. Whether a weaker factor beside a passkey can be used instead is not judged.

    It is wrong where the source calls a factor by a name of its own that is not known here.
    """
    old = list(too_old(fact))
    if old:
        yield from old
        return
    judged = [one for one in people(fact) if one.enrolled]
    rulers = [one for one in judged if rules(one) and _told(one) and not _resistant(one)]
    weak = [one for one in judged if not rules(one) and _told(one) and _weak(one)]
    for one in rulers:
        yield _ruler(one, fact)
    if weak:
        yield _others(weak, judged, fact)
    open_ends = [
        *unseen(fact),
        *unknown("Of which kind the second factor is", (one for one in judged if not _told(one)), fact),
        *unknown("Whether there is a second factor", (one for one in people(fact) if one.enrolled is None), fact),
        *unknown("Who is an administrator", (one for one in judged if _matters(one)), fact),
    ]
    yield from open_ends
    if rulers or weak or open_ends:
        return
    if judged:
        yield passed(f"No weak kind among the second factors of {count(len(judged), 'account')}{aside(fact)}")
    else:
        yield not_applicable(f"No account of a person has a second factor{aside(fact)}")


def _resistant(one: DirectoryAccount) -> bool:
    return bool(RESISTANT & set(one.kinds))


def _weak(one: DirectoryAccount) -> bool:
    return WEAK.issuperset(one.kinds)


def _told(one: DirectoryAccount) -> bool:
    """Whether the kinds that are known decide."""
    return _resistant(one) or (bool(one.kinds) and MfaKind.UNKNOWN not in one.kinds)


def _matters(one: DirectoryAccount) -> bool:
    return rules(one) is None and _told(one) and not _resistant(one) and not _weak(one)


def _ruler(one: DirectoryAccount, fact: DirectoryAccounts) -> Verdict:
    kinds = " and ".join(kind.value for kind in one.kinds)
    who = "the break-glass account" if one.break_glass else "an administrator"
    return fail(
        f"The second factor of {one.name}, {who}, is {kinds}: no passkey and no security key",
        subject=one.name,
        severity=Severity.MEDIUM if one.break_glass or _weak(one) else None,
        evidence=[seen(fact, [one])],
        names=(one.name,),
        more=0,
        admin=True,
        kinds=kinds,
        **about(fact),
    )


def _others(weak: list[DirectoryAccount], judged: list[DirectoryAccount], fact: DirectoryAccounts) -> Verdict:
    kinds = " and ".join(dict.fromkeys(kind.value for one in weak for kind in one.kinds))
    return fail(
        f"{len(weak)} of {count(len(judged), 'account')} have no second factor but {kinds}",
        subject="accounts",
        evidence=[seen(fact, weak)],
        names=tuple(one.name for one in weak[:MOST]),
        more=max(0, len(weak) - MOST),
        admin=False,
        kinds=kinds,
        **about(fact),
    )
