from dataclasses import replace

import pytest
from typical_ssh import ALEX, AT, BACKUP, PRIVATE, ROOT, accounts

from checks.keys.private_key_unencrypted import private_key_unencrypted
from posture.sdk import Outcome, PrivateKeys, Severity

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
ALL = accounts(ROOT, ALEX, BACKUP)
SAFE = replace(PRIVATE, encrypted=True, kdf="bcrypt", rounds=24)


def found(*some, **changes):
    return replace(PrivateKeys(some, ("/home", "/root"), 0, complete=True, observed=AT), **changes)


@pytest.mark.parametrize(
    ("owner", "severity", "service"),
    [("root", Severity.MEDIUM, False), ("alex", Severity.LOW, False), ("backup", Severity.LOW, True)],
)
def test_the_owner_weighs(owner, severity, service, only) -> None:
    """An administrator's key opens more; a service has nobody to type a passphrase, and its text says so."""
    verdict = only(private_key_unencrypted, found(replace(PRIVATE, owner=owner)), ALL)
    assert (verdict.outcome, verdict.severity, verdict.subject) == (FAIL, severity, PRIVATE.path)
    assert dict(verdict.details)["service"] is service


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"path": "/etc/ssh/ssh_host_ed25519_key"}, NONE),
        ({"path": "/opt/gitea/ssh_host_rsa_key"}, NONE),
        ({"path": "/etc/ssl/private/web.key", "format": "pkcs8"}, NONE),
        ({"path": "/home/alex/ssl/keys/x.key", "format": "pem"}, NONE),
        ({"type": "sk-ssh-ed25519@openssh.com"}, NONE),
        ({"path": "/home/alex/.ssh/aws.pem", "format": "pem"}, FAIL),
        ({"path": "/opt/app/id_rsa", "format": "pem"}, FAIL),
        ({"path": "/opt/app/deploy", "format": "openssh"}, FAIL),
        ({"format": "putty"}, FAIL),
    ],
)
def test_keys_of_servers_are_open_by_design(changes, outcome, only) -> None:
    """Host keys, TLS keys and the files of hardware keys are none of these."""
    assert only(private_key_unencrypted, found(replace(PRIVATE, **changes)), ALL).outcome is outcome


@pytest.mark.parametrize(
    ("kdf", "rounds", "outcome"),
    [("bcrypt", 24, PASS), ("bcrypt", 16, PASS), ("bcrypt", 8, FAIL), ("md5", 0, FAIL), ("pbkdf2", 2048, PASS)],
)
def test_a_passphrase_that_is_tried_out_fast(kdf, rounds, outcome, only) -> None:
    """Old PEM files and few rounds."""
    verdict = only(private_key_unencrypted, found(replace(SAFE, kdf=kdf, rounds=rounds)), ALL)
    assert verdict.outcome is outcome
    assert verdict.severity is (Severity.LOW if outcome is FAIL else None)


@pytest.mark.parametrize("changes", [{"unreadable": 2}, {"complete": False}])
def test_a_partial_search_never_passes(changes, only, outcomes) -> None:
    """What was not looked at may lie open."""
    assert only(private_key_unencrypted, found(SAFE, **changes), ALL).outcome is UNSURE
    assert only(private_key_unencrypted, found(**changes), ALL).outcome is UNSURE
    assert outcomes(private_key_unencrypted, found(PRIVATE, **changes), ALL) == {PRIVATE.path: FAIL, "": UNSURE}


def test_a_format_that_does_not_tell_is_told(only) -> None:
    """Neither open nor protected."""
    verdict = only(private_key_unencrypted, found(replace(PRIVATE, encrypted=None)), ALL)
    assert verdict.outcome is UNSURE
    assert PRIVATE.path in verdict.summary
