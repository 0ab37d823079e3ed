from dataclasses import replace

import pytest
from typical_ssh import KEY, NO_LOG, OWN, USE, accounts, context, keys, log, server, with_options

from checks.keys.authorized_key_shell_for_job import authorized_key_shell_for_job
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
JOB = replace(KEY, comment="borg@nas")
BUSY = replace(USE, times=900, addresses=("203.0.113.10",))


@pytest.mark.parametrize(
    ("comment", "outcome"),
    [
        ("root@backup-server", FAIL),
        ("deploy", FAIL),
        ("gitlab-ci", FAIL),
        ("ansible@control", FAIL),
        ("jo@laptop", NONE),
        ("marcia@desk", NONE),  # no word "ci"
        ("", NONE),
    ],
)
def test_whole_words_of_the_comment_tell(comment, outcome, only) -> None:
    """A name that only holds the letters is a person's."""
    key = keys(replace(KEY, comment=comment))
    assert only(authorized_key_shell_for_job, key, accounts(), server(), NO_LOG).outcome is outcome


@pytest.mark.parametrize(
    ("use", "days", "outcome"),
    [
        (BUSY, 60, FAIL),
        (BUSY, 100, NONE),  # nine a day
        (BUSY, 3, NONE),  # too short to tell
        (replace(BUSY, addresses=("203.0.113.10", "203.0.113.11")), 60, NONE),
        (replace(BUSY, more_addresses=True), 60, NONE),
        (replace(BUSY, account="alex"), 60, NONE),
    ],
)
def test_steady_use_by_one_address_tells(use, days, outcome, only) -> None:
    """A person at one desk does not log in ten times a day for weeks."""
    verdict = only(authorized_key_shell_for_job, keys(KEY), accounts(), server(), log(use, days=days))
    assert verdict.outcome is outcome
    if outcome is FAIL:
        assert dict(verdict.details)["signs"] == ("900 logins in 60 days, all from 203.0.113.10",)


def test_what_made_us_think_so_is_told(only) -> None:
    """All signs stand in the summary, the uses in the evidence."""
    verdict = only(authorized_key_shell_for_job, keys(JOB), accounts(), server(), log(BUSY))
    assert "its comment says borg; 900 logins in 60 days" in verdict.summary
    assert (dict(verdict.details)["problem"], verdict.severity) == ("borg", Severity.MEDIUM)
    assert "900 logins with this key" in verdict.evidence[-1].observed


def test_an_ordinary_account_is_low(only) -> None:
    """Less is to be had there."""
    own = keys(replace(OWN, comment="cron"))
    assert only(authorized_key_shell_for_job, own, accounts(), server(), NO_LOG).severity is Severity.LOW


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (("command=/usr/bin/borg",), {}),
        ((), {"forcecommand": "internal-sftp"}),
        ((), {"permitrootlogin": "no"}),
    ],
)
def test_a_job_without_a_shell_passes(options, settings, only) -> None:
    """Tied by its line or by the server, or kept out."""
    key = keys(with_options(JOB, *options))
    assert only(authorized_key_shell_for_job, key, accounts(), server(context(**settings)), NO_LOG).outcome is PASS


def test_addresses_limit_no_shell(only) -> None:
    """from= and restrict do not make it one command."""
    key = keys(with_options(JOB, "restrict", "from=203.0.113.10"))
    assert only(authorized_key_shell_for_job, key, accounts(), server(), NO_LOG).outcome is FAIL


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("restrict", "pty", "from=203.0.113.10"), PASS),
        (("from=203.0.113.0/24",), PASS),
        (("from=*",), FAIL),
        (("restrict", "pty"), FAIL),
    ],
)
def test_what_needs_a_shell_passes_with_addresses(options, outcome, only) -> None:
    """As the fix for Ansible says; addresses that every other matches are none."""
    key = keys(with_options(replace(KEY, comment="ansible@control"), *options))
    assert only(authorized_key_shell_for_job, key, accounts(), server(), NO_LOG).outcome is outcome


def test_the_accounts_name_alone_is_no_sign(only) -> None:
    """A person's key for the account deploy; beside another sign the name is told, too."""
    own = replace(OWN, account="deploy", comment="jo@laptop")
    asked = server(context("deploy"))
    assert only(authorized_key_shell_for_job, keys(own), accounts(), asked, NO_LOG).outcome is NONE
    busy = log(replace(BUSY, account="deploy"))
    verdict = only(authorized_key_shell_for_job, keys(own), accounts(), asked, busy)
    assert dict(verdict.details)["signs"][0] == "the account's name says deploy"
    assert dict(verdict.details)["problem"] == "deploy"


def test_what_is_not_known_never_passes(only, outcomes) -> None:
    """Neither settings that sshd did not tell nor keys that could not be read."""
    assert only(authorized_key_shell_for_job, keys(JOB), accounts(), server(context("alex")), NO_LOG).outcome is UNSURE
    hidden = keys(KEY, accounts_unread=("kim",))
    assert outcomes(authorized_key_shell_for_job, hidden, accounts(), server(), NO_LOG) == {"": UNSURE}
