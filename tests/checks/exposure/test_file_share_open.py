import pytest

from checks.exposure.file_share_open import file_share_open
from posture.sdk import Login, Outcome, Reach, Severity


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("rsync", "rsync"),
        ("nfs", "nfs"),
        ("microsoft-ds", "smb"),
        ("netbios-ssn", "smb"),
        ("afp", "afp"),
        ("iscsi", "iscsi"),
    ],
)
def test_a_share_without_a_login_is_critical_and_named(name, engine, service, services, only) -> None:
    """The finding says which shares are open, and its fix is for the program that shares them."""
    share = service(name=name, login=Login.NOT_NEEDED, login_reason="shares that open without a login: payroll")
    verdict = only(file_share_open, services(share))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL, Severity.CRITICAL)
    assert "payroll" in verdict.summary
    assert dict(verdict.details)["engine"] == engine


@pytest.mark.parametrize(
    ("login", "reach", "outcome"),
    [
        (Login.REQUIRED, Reach.OUTSIDE, Outcome.PASS),
        (Login.REFUSED, Reach.OUTSIDE, Outcome.PASS),
        (Login.REFUSED, Reach.SAME_MACHINE, Outcome.NOT_ASSESSED),
        (Login.UNKNOWN, Reach.OUTSIDE, Outcome.NOT_ASSESSED),
        (Login.UNKNOWN, Reach.LISTENS, Outcome.NOT_ASSESSED),
        (Login.NOT_NEEDED, Reach.LOOPBACK, Outcome.PASS),
    ],
)
def test_a_share_that_asks_or_cannot_be_reached_is_not_flagged(login, reach, outcome, service, services, only) -> None:
    """What could not be told is not assessed."""
    assert only(file_share_open, services(service(name="nfs", login=login, reach=reach))).outcome is outcome


def test_a_share_seen_from_its_own_machine_is_high(service, services, only) -> None:
    """A firewall in front was not tested."""
    share = service(name="rsync", reach=Reach.SAME_MACHINE)
    assert only(file_share_open, services(share)).severity is Severity.HIGH


def test_the_udp_side_of_nfs_is_no_second_share(service, services, only) -> None:
    """The exports are the same ones, and were asked for over TCP."""
    udp = service(name="nfs", protocol="udp", login=Login.UNKNOWN)
    assert only(file_share_open, services(udp)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        (
            "microsoft-ds",
            "shares that open without a login: public (signing is not required)",
            "anyone who connects can open the share public (",
        ),
        (
            "microsoft-ds",
            "shares that open without a login: a, b (signing is required); it accepts SMB 1 as well",
            "can open the shares a, b (seen",
        ),
        ("nfs", "exported to everyone: /srv", "can mount the folder /srv under any user's number (seen"),
        (
            "rsync",
            "modules that need no password: backup; 3 more modules were not opened",
            "can copy the files of the module backup, and often replace them (seen",
        ),
        ("afp", "it offers guests a login", "can log in as guest: it offers guests a login (seen"),
    ],
)
def test_the_open_shares_are_part_of_the_sentence(name, reason, words, service, services, only) -> None:
    """A reader learns what stands open, and no more than that."""
    share = service(name=name, login=Login.NOT_NEEDED, login_reason=reason)
    assert words in only(file_share_open, services(share)).summary
