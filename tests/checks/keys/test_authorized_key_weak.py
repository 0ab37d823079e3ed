import pytest

from checks.keys.authorized_key_weak import authorized_key_weak
from posture.engine.judge import judge
from posture.model.resource import Resource, ResourceKind
from posture.sdk import Accounts, AuthorizedKeys, Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("kind", "bits", "outcome"),
    [
        ("ssh-ed25519", 256, PASS),
        ("sk-ssh-ed25519@openssh.com", 256, PASS),
        ("ecdsa-sha2-nistp256", 256, PASS),
        ("ssh-rsa", 4096, PASS),
        ("ssh-rsa", 2048, PASS),
        ("ssh-rsa", 2047, FAIL),
        ("ssh-rsa", 1024, FAIL),
        ("ssh-dss", 1024, FAIL),
        ("ssh-rsa", 0, UNSURE),
        ("ssh-future@example.org", 512, UNSURE),
        ("", 0, UNSURE),
    ],
)
def test_type_and_length_decide(kind, bits, outcome, keys, accounts, key, only) -> None:
    """DSA and short RSA keys fail; a type nobody here knows is neither good nor bad."""
    assert only(authorized_key_weak, keys(key(type=kind, bits=bits)), accounts()).outcome is outcome


def test_dead_line_is_a_low_finding(keys, accounts, key, only) -> None:
    """A line that sshd ignores opens nothing, but its author believes in it."""
    verdict = only(
        authorized_key_weak, keys(key(type="ssh-dss", dead="unknown option no-fowarding", fingerprint="")), accounts()
    )
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert verdict.subject == "root /root/.ssh/authorized_keys:3"
    assert "no-fowarding" in verdict.summary


def test_weak_key_wins_over_a_dead_line_that_repeats_it(keys, accounts, key) -> None:
    """One key, two lines, one finding: the worse one."""
    weak = keys(key(type="ssh-dss", dead="unknown option"), key(type="ssh-dss", line=9))
    host = Resource(ResourceKind.HOST, "web1", "198.51.100.2")
    (assessment,) = judge([authorized_key_weak], host, {AuthorizedKeys: weak, Accounts: accounts()})
    (finding,) = assessment.failures
    assert finding.severity is None  # the check's own: high


def test_same_key_on_two_accounts_is_two_findings(keys, accounts, key, outcomes) -> None:
    """Each account's file is mended apart."""
    two = keys(key(type="ssh-dss"), key(type="ssh-dss", account="alex"))
    assert len(outcomes(authorized_key_weak, two, accounts())) == 2


@pytest.mark.parametrize(
    "changes",
    [{"accounts_unread": ("kim",)}, {"unreadable": ("/home/kim/.ssh/authorized_keys",)}, {"command": "/usr/bin/k"}],
)
def test_unseen_keys_never_pass(changes, keys, accounts, key, outcomes) -> None:
    """What was not looked at is told, beside what was found."""
    assert outcomes(authorized_key_weak, keys(key(), **changes), accounts()) == {"": UNSURE}
    found = outcomes(authorized_key_weak, keys(key(type="ssh-dss"), **changes), accounts())
    assert sorted(found.values()) == [FAIL, UNSURE]


def test_no_keys(keys, accounts, only) -> None:
    """All files read, none holds a key: nothing to judge."""
    assert only(authorized_key_weak, keys(), accounts()).outcome is Outcome.NOT_APPLICABLE


def test_accounts_of_a_directory_are_told(keys, accounts, key, only) -> None:
    """Keys of LDAP or SSSD accounts were not looked at, so no pass speaks for them."""
    verdict = only(authorized_key_weak, keys(key()), accounts(elsewhere=("ldap", "sss")))
    assert (verdict.outcome, verdict.subject) == (UNSURE, "")
    assert verdict.summary == "Accounts also come from LDAP and SSSD (nsswitch.conf) and were not looked at"
