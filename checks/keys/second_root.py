from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from posture.sdk import (
    Account,
    Accounts,
    Evidence,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)


@check(
    "keys.second-root",
    title="A second account has all the rights of root",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.4",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def second_root(accounts: Accounts) -> Iterator[Verdict]:
    """An account besides ``root`` has the user id 0 (passwd(5)).

    The system knows users by their number: such an account is root under another name. What it does is logged as
    root's, and attackers leave one behind to come back. High when it has a login shell, whatever its password: a key
    may open it. Medium when its shell starts no session.

    It is wrong where an appliance or a panel makes such an account on purpose (``toor`` on some systems): accept the
    risk with that reason. Accounts of a directory (LDAP, SSSD) are not seen, and told as not assessed.
    """
    twins = [account for account in accounts.accounts if account.uid == 0 and account.name != "root"]
    for twin in twins:
        yield _failure(twin, accounts)
    if elsewhere := accounts_elsewhere(accounts):
        yield not_assessed(sentence([elsewhere]))
    elif not any(account.uid == 0 for account in accounts.accounts):
        yield not_assessed("The list of accounts holds none with user id 0, so it is not whole")
    elif not twins:
        yield passed("Only root has the user id 0")


def _failure(twin: Account, accounts: Accounts) -> Verdict:
    state = f"shell {twin.shell or 'none'}, password {twin.password}"
    return fail(
        f"{twin.name} is root under another name: its user id is 0",
        subject=twin.name,
        severity=None if twin.can_login else Severity.MEDIUM,
        evidence=(Evidence("/etc/passwd", f"{twin.name}: user id 0, {state}", accounts.observed),),
        account=twin.name,
        home=twin.home,
    )
