from checks.mfa.empty_password import empty_password
from posture.sdk import Outcome, Password


def test_empty_password_fails(accounts, account, root, outcomes) -> None:
    """Each account without a password is a finding of its own."""
    people = accounts(root(), account(password=Password.EMPTY), account(name="kim", password=Password.EMPTY))
    assert outcomes(empty_password, people) == {"alex": Outcome.FAIL, "kim": Outcome.FAIL}


def test_set_and_locked_pass(accounts, account, root, only) -> None:
    """A password or a lock is what it takes."""
    assert only(empty_password, accounts(root(password=Password.LOCKED), account())).outcome is Outcome.PASS


def test_without_root_nothing_is_known(accounts, account, only) -> None:
    """An unread shadow file never passes, and the reason says what would help."""
    verdict = only(empty_password, accounts(account(password=Password.UNKNOWN), shadow_read=False))
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "root" in verdict.summary


def test_one_unknown_spoils_the_pass_but_not_the_failure(accounts, account, outcomes) -> None:
    """What was found is reported, and what was not seen is told beside it."""
    people = accounts(account(password=Password.EMPTY), account(name="kim", password=Password.UNKNOWN))
    assert outcomes(empty_password, people) == {"alex": Outcome.FAIL, "": Outcome.NOT_ASSESSED}


def test_accounts_without_a_shell_do_not_matter(accounts, account, only) -> None:
    """Nobody gets a session on them."""
    verdict = only(empty_password, accounts(account(can_login=False, password=Password.EMPTY)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_accounts_of_a_directory_are_told(accounts, account, only, outcomes) -> None:
    """LDAP and SSSD accounts were not looked at: their gap joins the others in one reason."""
    assert only(empty_password, accounts(account(), elsewhere=("ldap",))).outcome is Outcome.NOT_ASSESSED
    assert only(empty_password, accounts(elsewhere=("ldap",))).outcome is Outcome.NOT_ASSESSED
    people = accounts(account(password=Password.EMPTY), elsewhere=("ldap",))
    assert outcomes(empty_password, people) == {"alex": Outcome.FAIL, "": Outcome.NOT_ASSESSED}
    blind = only(empty_password, accounts(account(password=Password.UNKNOWN), shadow_read=False, elsewhere=("sss",)))
    assert "root" in blind.summary
    assert "SSSD" in blind.summary
