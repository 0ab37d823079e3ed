from datetime import UTC, datetime

import pytest

from checks.keys.ssh_host_key_changed import ssh_host_key_changed
from posture.sdk import Outcome, SshHostTrust, Trust

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
OLD, NEW = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43


@pytest.mark.parametrize(
    ("trust", "outcome"),
    [
        (Trust.INVENTORY, Outcome.PASS),
        (Trust.PINNED, Outcome.PASS),
        (Trust.CERTIFICATE, Outcome.PASS),
        (Trust.SSHFP, Outcome.PASS),
        (Trust.UNKNOWN, Outcome.NOT_ASSESSED),
        (Trust.CHANGED, Outcome.FAIL),
        (Trust.LOCAL, Outcome.NOT_APPLICABLE),
    ],
)
def test_only_a_key_that_somebody_vouched_for_passes(trust, outcome, only) -> None:
    assert only(ssh_host_key_changed, SshHostTrust(trust, "ssh-ed25519", NEW, (OLD,), "words", AT)).outcome is outcome


def test_both_keys_and_the_day_are_named(only) -> None:
    """Whoever reads it can compare with the console; the identity of the finding holds while keys keep changing."""
    verdict = only(ssh_host_key_changed, SshHostTrust(Trust.CHANGED, "ssh-ed25519", NEW, (OLD,), "words", AT, AT))
    assert NEW in verdict.summary
    assert OLD in verdict.summary
    assert "2026-11-22" in verdict.summary
    assert verdict.subject == ""


def test_an_unknown_host_says_the_next_step(only) -> None:
    detail = f"run: posture access pin bakery web1 {NEW}"
    assert detail in only(ssh_host_key_changed, SshHostTrust(Trust.UNKNOWN, "ssh-rsa", NEW, (), detail, AT)).summary
