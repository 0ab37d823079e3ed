from dataclasses import replace

import pytest
from typical_ssh import LOOSE, NO_SERVER, OWN, accounts, context, keys, server

from checks.keys.authorized_keys_command import authorized_keys_command
from checks.keys.authorized_keys_writable import authorized_keys_writable
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ssh", "severity", "words"),
    [
        (server(), Severity.MEDIUM, "so sshd ignores its keys (StrictModes)"),
        (server(context(strictmodes="no")), Severity.HIGH, "StrictModes no"),
        (NO_SERVER, Severity.MEDIUM, "unless StrictModes is off"),
    ],
)
def test_strict_modes_decide_between_a_lockout_and_a_takeover(ssh, severity, words, only) -> None:
    """With them the keys are ignored; without, whoever may write there is in."""
    verdict = only(authorized_keys_writable, keys(OWN, loose=(LOOSE,)), accounts(), ssh)
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)
    assert words in verdict.summary
    assert verdict.subject == "alex /home/alex"


def test_paths_that_were_not_looked_at_never_pass(only, outcomes) -> None:
    """No loose path is told, because none was looked for."""
    assert only(authorized_keys_writable, keys(OWN, paths_checked=False), accounts(), server()).outcome is UNSURE
    assert only(authorized_keys_writable, keys(OWN, accounts_unread=("kim",)), accounts(), server()).outcome is UNSURE
    some = keys(OWN, loose=(LOOSE, replace(LOOSE, path="/home")), unreadable=("/x",))
    assert list(outcomes(authorized_keys_writable, some, accounts(), server()).values()) == [FAIL, FAIL, UNSURE]


def test_tight_paths_pass(only) -> None:
    """All were looked at, and none is loose."""
    assert only(authorized_keys_writable, keys(OWN), accounts(), server()).outcome is PASS
    assert only(authorized_keys_writable, keys(), accounts(), server()).outcome is NONE


@pytest.mark.parametrize(("user", "outcome"), [("root", FAIL), ("nobody", UNSURE), ("none", UNSURE)])
def test_a_program_is_named_and_never_run(user, outcome, only) -> None:
    """As root it is a finding; as anybody its keys are not known, so nothing passes. Arguments are not shown."""
    ssh = server(context(authorizedkeyscommand="/usr/bin/Keys --secret %u", authorizedkeyscommanduser=user))
    verdict = only(authorized_keys_command, ssh, keys())
    assert (verdict.outcome, verdict.subject) == (outcome, "AuthorizedKeysCommand /usr/bin/Keys")
    assert "secret" not in verdict.summary + verdict.evidence[0].observed


def test_both_kinds_of_programs_and_each_way_in_count(outcomes) -> None:
    """A program that only a Match block names, and one for the names in certificates."""
    inside = context(
        authorizedprincipalscommand="/usr/bin/p", authorizedprincipalscommanduser="root", origin="10.0.0.0/8"
    )
    assert outcomes(authorized_keys_command, server(context(), inside), keys()) == {
        "AuthorizedPrincipalsCommand /usr/bin/p": FAIL
    }


def test_no_program_passes_only_when_sshd_said_so(only) -> None:
    """A server that did not answer, or not for all, proves nothing."""
    assert only(authorized_keys_command, server(), keys()).outcome is PASS
    assert only(authorized_keys_command, server(failed=(("kim", "bad"),)), keys()).outcome is UNSURE
    assert only(authorized_keys_command, replace(server(), contexts=()), keys()).outcome is UNSURE
    assert only(authorized_keys_command, server(), keys(command="/usr/bin/k")).outcome is UNSURE
