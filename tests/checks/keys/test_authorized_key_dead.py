from dataclasses import replace

import pytest
from typical_ssh import KEY, OWN, accounts, keys

from checks.keys.authorized_key_dead import authorized_key_dead
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


def test_a_dead_line_is_a_low_finding_with_its_reason(only) -> None:
    """A line that sshd ignores opens nothing, but its author believes in it."""
    verdict = only(
        authorized_key_dead, keys(replace(KEY, fingerprint="", dead="unknown option no-fowarding")), accounts()
    )
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert verdict.subject == "root /root/.ssh/authorized_keys:3"
    assert "no-fowarding" in verdict.summary


def test_each_account_and_key_is_a_finding(outcomes) -> None:
    """Each account's file is mended apart; live lines are none."""
    some = keys(replace(KEY, dead="expired"), replace(OWN, dead="expired"), replace(OWN, fingerprint="SHA256:x"))
    assert list(outcomes(authorized_key_dead, some, accounts()).values()) == [FAIL, FAIL]


def test_good_lines_pass_and_no_lines_ask_nothing(only) -> None:
    """Every line was read, none is dead."""
    assert only(authorized_key_dead, keys(KEY), accounts()).outcome is PASS
    assert only(authorized_key_dead, keys(), accounts()).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "changes", [{"accounts_unread": ("kim",)}, {"unreadable": ("/home/kim/.ssh/authorized_keys",)}]
)
def test_unseen_lines_never_pass(changes, only) -> None:
    """A file that could not be read may hold a dead line; keys of a program have no lines."""
    assert only(authorized_key_dead, keys(KEY, **changes), accounts()).outcome is UNSURE
    assert only(authorized_key_dead, keys(KEY, command="/usr/bin/k"), accounts()).outcome is PASS
