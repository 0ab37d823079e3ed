import pytest

from checks.keys.private_key_readable import private_key_readable
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("mode", "outcome"), [(0o600, PASS), (0o400, PASS), (0o622, PASS), (0o640, FAIL), (0o604, FAIL), (0o644, FAIL)]
)
def test_read_permission_decides(mode, outcome, private, private_key, only) -> None:
    """Reading by group or others fails; permission to write alone gives no key away."""
    assert only(private_key_readable, private(private_key(mode=mode))).outcome is outcome


@pytest.mark.parametrize(("encrypted", "severity"), [(True, Severity.MEDIUM), (False, None), (None, None)])
def test_passphrase_softens(encrypted, severity, private, private_key, only) -> None:
    """Only a key known to be encrypted is less than high."""
    assert only(private_key_readable, private(private_key(mode=0o644, encrypted=encrypted))).severity is severity


@pytest.mark.parametrize(("mode", "severity"), [(0o640, Severity.MEDIUM), (0o604, None), (0o644, None)])
def test_a_group_is_less_than_everybody(mode, severity, private, private_key, only) -> None:
    """A user's own group has nobody else in it on most systems: medium, and the text says who can read."""
    verdict = only(private_key_readable, private(private_key(mode=mode, encrypted=False)))
    assert verdict.severity is severity
    whom = "Everyone in the file's group" if severity else "Every user of the machine"
    assert verdict.summary.startswith(f"{whom} can read the private key")


@pytest.mark.parametrize(
    ("path", "owner", "mode", "outcome"),
    [
        ("/etc/ssh/ssh_host_rsa_key", "root", 0o640, PASS),
        ("/etc/ssl/private/ssl-cert-snakeoil.key", "root", 0o640, PASS),
        ("/etc/ssh/ssh_host_rsa_key", "root", 0o644, FAIL),
        ("/etc/ssh/ssh_host_rsa_key", "alex", 0o640, FAIL),
        ("/srv/app/tls.key", "root", 0o640, FAIL),
    ],
)
def test_groups_by_design(path, owner, mode, outcome, private, private_key, only) -> None:
    """Distributions share host and TLS keys with a service's group; that is no finding, all else is."""
    assert only(private_key_readable, private(private_key(path=path, owner=owner, mode=mode))).outcome is outcome


@pytest.mark.parametrize(("group", "outcome"), [("ssh_keys", PASS), ("users", FAIL)])
def test_host_keys_of_another_server_are_known_by_their_name(group, outcome, private, private_key, only) -> None:
    """The group that distributions give them to passes anywhere; its key is no user's."""
    key = private_key(path="/opt/gitea/ssh_host_rsa_key", owner="root", mode=0o640, group=group)
    verdict = only(private_key_readable, private(key))
    assert verdict.outcome is outcome
    if outcome is FAIL:
        assert dict(verdict.details)["host_key"] is True


@pytest.mark.parametrize("changes", [{"unreadable": 3}, {"complete": False}])
def test_partial_search_never_passes(changes, private, private_key, only, outcomes) -> None:
    """What could not be opened may hold the key in question; a key that was found still fails, and the gap is told."""
    assert only(private_key_readable, private(private_key(), **changes)).outcome is UNSURE
    assert only(private_key_readable, private(**changes)).outcome is UNSURE
    loose = private_key(mode=0o644)
    assert outcomes(private_key_readable, private(loose, **changes)) == {loose.path: FAIL, "": UNSURE}


def test_no_keys(private, only) -> None:
    """A whole search without a key leaves nothing to judge."""
    assert only(private_key_readable, private()).outcome is Outcome.NOT_APPLICABLE


def test_subject_is_the_path(private, private_key, outcomes) -> None:
    """Each file is a finding of its own."""
    two = private(private_key(mode=0o644), private_key(path="/etc/x.key", mode=0o644), private_key(path="/etc/y.key"))
    assert outcomes(private_key_readable, two) == {"/home/alex/.ssh/id_ed25519": FAIL, "/etc/x.key": FAIL}


@pytest.mark.parametrize(
    ("mode", "readers", "outcome", "severity", "whom"),
    [
        (0o644, (), PASS, None, ""),
        (0o640, (), PASS, None, ""),
        (0o644, ("*",), FAIL, None, "Every user of the machine"),
        (0o644, ("www-data",), FAIL, Severity.MEDIUM, "www-data"),
        (0o640, ("kim", "jo"), FAIL, Severity.MEDIUM, "kim, jo"),
        (0o600, ("kim",), FAIL, Severity.MEDIUM, "kim"),
    ],
)
def test_who_really_can_read_it_decides(mode, readers, outcome, severity, whom, private, private_key, only) -> None:
    """A closed folder above and a group without members give nothing away; the accounts that can are named."""
    verdict = only(private_key_readable, private(private_key(mode=mode, readers=readers, encrypted=False)))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)
    assert outcome is PASS or verdict.summary.startswith(f"{whom} can read the private key")
