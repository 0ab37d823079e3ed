from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Account,
    Accounts,
    Evidence,
    Iterator,
    Password,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "mfa.empty-password",
    title="An account has an empty password",
    clause="4.2",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.7", "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5(1)",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.6.1",
        "pci-dss@4.0.1:2.2.2", "pci-dss@4.0.1:8.3.6",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A22",
    ),
)  # fmt: skip
def empty_password(accounts: Accounts) -> Iterator[Verdict]:
    """An account with a login shell has an empty password field in the shadow file (shadow(5)).

    Nothing is asked of whoever logs in at a console or changes to the account with ``su``; over SSH it depends on
    PermitEmptyPasswords. The hash itself never leaves the host. Accounts without a login shell are not judged, nor are
    those of a directory (LDAP, SSSD): where there is one, that is told.

    It needs root: without it no password's state is known. It is wrong when PAM refuses empty passwords everywhere (no
    ``nullok`` in its configuration).
    """
    candidates = [account for account in accounts.accounts if account.can_login]
    empty = [account for account in candidates if account.password is Password.EMPTY]
    unknown = [account for account in candidates if account.password is Password.UNKNOWN]
    for account in empty:
        yield _failure(account, accounts)
    if unseen := [reason for reason in (_unknown(unknown, accounts), accounts_elsewhere(accounts)) if reason]:
        yield not_assessed(sentence(unseen))
    elif not candidates:
        yield not_applicable("No account has a login shell")
    elif not empty:
        yield passed(
            f"None of the accounts with a login shell ({len(candidates)}) has an empty password",
            evidence=(Evidence("shadow file", "no empty password field", accounts.observed),),
        )


def _unknown(unknown: list[Account], accounts: Accounts) -> str:
    """Why some passwords' state is not known, empty when all are."""
    if not unknown:
        return ""
    if not accounts.shadow_read:
        return f"Whether passwords are set is not known: they stand in /etc/shadow ({NEEDS_ROOT})"
    named = ", ".join(account.name for account in unknown[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    return f"The shadow file says nothing that can be understood about {named}{more}"


def _failure(account: Account, accounts: Accounts) -> Verdict:
    return fail(
        f"The account {account.name} has an empty password",
        subject=account.name,
        evidence=(Evidence("shadow file", f"{account.name}: password field empty", accounts.observed),),
        account=account.name,
        admin=account.admin,
    )
