from dataclasses import replace

import pytest
from typical_ssh import KEY, NO_LOG, NO_SERVER, OTHER, OWN, USE, accounts, context, keys, log, server, with_options

from checks.keys.authorized_key_unused import authorized_key_unused
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSURE, NONE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE


def test_a_key_without_a_login_in_a_whole_long_log_is_low(only) -> None:
    """The finding tells how far the log goes back, and shows where was looked."""
    verdict = only(authorized_key_unused, keys(KEY), accounts(), server(), log(OTHER, days=90))
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert verdict.summary == "A key of root was not used in 90 days; its note names jo, which is no account here"
    assert verdict.evidence[-1].observed == "no login with this key"


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (log(OTHER, days=29), "goes back 29 days only; keep it for 30 or more"),
        (log(OTHER, whole=False), "not all of the log was read"),
        (log(), "names no login at all"),
        (NO_LOG, "the log could not be read"),
    ],
)
def test_a_log_that_proves_nothing_is_told(seen, reason, only) -> None:
    """Too short, cut off, empty or unread: a key without a use may have one."""
    verdict = only(authorized_key_unused, keys(KEY), accounts(), server(), seen)
    assert verdict.outcome is UNSURE
    assert reason in verdict.summary


def test_a_use_is_of_its_account_and_shown_when_it_passes(only) -> None:
    """The last login stands in the evidence; a short log is enough to see a use."""
    verdict = only(authorized_key_unused, keys(KEY), accounts(), server(), log(USE, days=3))
    assert verdict.outcome is PASS
    assert "12 logins with this key, the last at 2026-11-22 03:04, from 203.0.113.10" in verdict.evidence[0].observed
    elsewhere = log(replace(USE, account="alex"))
    assert only(authorized_key_unused, keys(KEY), accounts(), server(), elsewhere).outcome is FAIL


@pytest.mark.parametrize(("level", "outcome"), [("QUIET", UNSURE), ("ERROR", UNSURE), ("INFO", FAIL), ("DEBUG", FAIL)])
def test_a_silent_sshd_proves_nothing(level, outcome, only) -> None:
    """Below INFO sshd does not log who was let in."""
    found = only(authorized_key_unused, keys(KEY), accounts(), server(context(loglevel=level)), log(OTHER))
    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("options", "settings", "outcome", "severity"),
    [
        ((), {}, FAIL, Severity.LOW),
        (("restrict",), {}, FAIL, Severity.INFO),
        (("no-port-forwarding",), {}, FAIL, Severity.INFO),
        ((), {"forcecommand": "internal-sftp"}, PASS, None),
    ],
)
def test_a_key_of_an_account_without_a_session(options, settings, outcome, severity, outcomes, judged) -> None:
    """It may still forward; an account for file transfer needs no shell."""
    key = with_options(OWN, *options, can_login=False)
    facts = (keys(key), accounts(), server(context("alex", **settings)), log(OTHER))
    found = {verdict.subject: verdict for verdict in judged(authorized_key_unused, *facts)}
    verdict = found[f"alex {KEY.fingerprint}"]
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_lines_without_a_key_and_authorities_are_not_judged(only) -> None:
    """Their use is not logged by this fingerprint."""
    some = keys(replace(KEY, fingerprint=""), replace(KEY, dead="expired"), with_options(KEY, "cert-authority"))
    assert only(authorized_key_unused, some, accounts(), NO_SERVER, log(OTHER)).outcome is NONE


def test_unseen_keys_never_pass(outcomes) -> None:
    """Files that could not be read are told beside what was found."""
    found = outcomes(authorized_key_unused, keys(accounts_unread=("kim",)), accounts(), server(), log(USE))
    assert found == {"": UNSURE}
