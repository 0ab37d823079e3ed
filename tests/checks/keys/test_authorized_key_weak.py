import pytest
from typical_ssh import context, server

from checks.keys.authorized_key_weak import authorized_key_weak
from posture.sdk import Outcome, Severity, Unavailable

NO_SERVER = Unavailable("sshd could not be asked")
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
    assert only(authorized_key_weak, keys(key(type=kind, bits=bits)), accounts(), NO_SERVER).outcome is outcome


def test_a_line_that_sshd_ignores_is_not_judged(keys, accounts, key, only) -> None:
    """It opens nothing; another check tells of it."""
    dead = key(type="ssh-dss", dead="unknown option no-fowarding", fingerprint="")
    assert only(authorized_key_weak, keys(dead), accounts(), NO_SERVER).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"pubkeyacceptedalgorithms": "ssh-ed25519,rsa-sha2-512"},
            "none for ssh-dss keys",
        ),
        ({"permitrootlogin": "no"}, "PermitRootLogin is no"),
    ],
)
def test_a_weak_key_that_sshd_refuses_is_less(settings, reason, keys, accounts, key, only) -> None:
    """It opens nothing today, and would again after the next change: low, with the reason."""
    verdict = only(authorized_key_weak, keys(key(type="ssh-dss")), accounts(), server(context(**settings)))
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert reason in verdict.summary


def test_requiredrsasize_refuses_short_keys(keys, accounts, key, only) -> None:
    """A server that asks for 2048 bits does not take the short key; one open port is enough to be high again."""
    short = keys(key(type="ssh-rsa", bits=1024))
    strict = context(requiredrsasize="2048")
    assert only(authorized_key_weak, short, accounts(), server(strict)).severity is Severity.LOW
    assert only(authorized_key_weak, short, accounts(), server(strict, context())).severity is None


@pytest.mark.parametrize(("asked", "outcome"), [("none", FAIL), ("touch-required", PASS), ("verify-required", FAIL)])
def test_a_hardware_key_without_a_touch(asked, outcome, keys, accounts, key, only) -> None:
    """no-touch-required gives away what the hardware is for, unless the server asks for the touch itself."""
    lazy = keys(key(type="sk-ssh-ed25519@openssh.com", options=(("no-touch-required", ""),)))
    verdict = only(authorized_key_weak, lazy, accounts(), server(context(pubkeyauthoptions=asked)))
    assert verdict.outcome is outcome
    assert verdict.severity is (Severity.LOW if outcome is FAIL else None)


def test_same_key_on_two_accounts_is_two_findings(keys, accounts, key, outcomes) -> None:
    """Each account's file is mended apart."""
    two = keys(key(type="ssh-dss"), key(type="ssh-dss", account="alex"))
    assert len(outcomes(authorized_key_weak, two, accounts(), NO_SERVER)) == 2


@pytest.mark.parametrize(
    "changes",
    [{"accounts_unread": ("kim",)}, {"unreadable": ("/home/kim/.ssh/authorized_keys",)}, {"command": "/usr/bin/k"}],
)
def test_unseen_keys_never_pass(changes, keys, accounts, key, outcomes) -> None:
    """What was not looked at is told, beside what was found."""
    assert outcomes(authorized_key_weak, keys(key(), **changes), accounts(), NO_SERVER) == {"": UNSURE}
    found = outcomes(authorized_key_weak, keys(key(type="ssh-dss"), **changes), accounts(), NO_SERVER)
    assert sorted(found.values()) == [FAIL, UNSURE]


def test_no_keys(keys, accounts, only) -> None:
    """All files read, none holds a key: nothing to judge."""
    assert only(authorized_key_weak, keys(), accounts(), NO_SERVER).outcome is Outcome.NOT_APPLICABLE


def test_accounts_of_a_directory_are_told(keys, accounts, key, only) -> None:
    """Keys of LDAP or SSSD accounts were not looked at, so no pass speaks for them."""
    verdict = only(authorized_key_weak, keys(key()), accounts(elsewhere=("ldap", "sss")), NO_SERVER)
    assert (verdict.outcome, verdict.subject) == (UNSURE, "")
    assert verdict.summary == "Accounts also come from LDAP and SSSD (nsswitch.conf) and were not looked at"
