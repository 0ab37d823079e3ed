import pytest

from checks.keys.authorized_key_unrestricted import authorized_key_unrestricted
from posture.sdk import Outcome

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ((), FAIL),
        ((("no-pty", ""),), FAIL),
        ((("environment", "A=b"),), FAIL),
        ((("cert-authority", ""),), FAIL),
        ((("from", "192.0.2.1"),), PASS),
        ((("command", "/usr/bin/rsync"),), PASS),
        ((("restrict", ""),), PASS),
    ],
)
def test_options_decide(options, outcome, keys, accounts, key, only) -> None:
    """One of from, command and restrict is enough; other options do not limit who gets in."""
    assert only(authorized_key_unrestricted, keys(key(options=options)), accounts()).outcome is outcome


def test_a_pass_is_a_sentence(keys, accounts, key, only) -> None:
    """One key or several: what passes is said in whole words."""
    tied = key(options=(("restrict", ""),))
    one = only(authorized_key_unrestricted, keys(tied), accounts())
    assert one.summary == "The key of the administrator is restricted"
    assert only(
        authorized_key_unrestricted, keys(tied, key(line=4, options=(("from", "192.0.2.1"),))), accounts()
    ).summary == ("All 2 keys of administrators are restricted")


def test_subject_is_account_and_key(keys, accounts, key, only) -> None:
    """The finding stays the same when the line moves or its comment changes."""
    one = only(authorized_key_unrestricted, keys(key()), accounts())
    other = only(authorized_key_unrestricted, keys(key(line=7, comment="new laptop")), accounts())
    assert one.subject == other.subject == f"root {key().fingerprint}"


def test_only_administrators_are_judged(keys, accounts, key, only) -> None:
    """A person's own key, and a line that sshd ignores, are no findings here."""
    some = keys(key(account="alex", uid=1000), key(dead="expired"))
    assert only(authorized_key_unrestricted, some, accounts()).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "changes",
    [{"accounts_unread": ("root",)}, {"unreadable": ("/root/.ssh/authorized_keys",)}, {"command": "/usr/bin/k"}],
)
def test_unseen_keys_never_pass(changes, keys, accounts, key, outcomes) -> None:
    """What was not looked at is told, beside what was found."""
    assert outcomes(authorized_key_unrestricted, keys(**changes), accounts()) == {"": UNSURE}
    assert sorted(outcomes(authorized_key_unrestricted, keys(key(), **changes), accounts()).values()) == [FAIL, UNSURE]


def test_accounts_of_a_directory_are_told(keys, accounts, key, outcomes) -> None:
    """A finding stands, and that the accounts of a directory were not looked at is said beside it."""
    found = outcomes(authorized_key_unrestricted, keys(key()), accounts(elsewhere=("sss",)))
    assert sorted(found.values()) == [FAIL, UNSURE]
