from dataclasses import replace

import pytest
from typical_keys import FLAW, FLAWS, STAND

from checks.keys.key_compromised import key_compromised
from posture.sdk import KeyRole, KeyStand, Outcome, Severity

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("stand", "severity"),
    [
        (STAND, None),
        (replace(STAND, dead=True), Severity.LOW),
        (KeyStand(KeyRole.AUTHORITY, "", "/etc/ssh/ca.pub:1"), None),
        (KeyStand(KeyRole.HOST, "", "/etc/ssh/ssh_host_rsa_key.pub"), Severity.HIGH),
        (KeyStand(KeyRole.PRIVATE, "alex", "/home/alex/.ssh/id_rsa"), Severity.MEDIUM),
    ],
)
def test_what_the_key_opens_decides(stand, severity, only) -> None:
    """A known key that opens an account is critical; one that only lies about is not."""
    verdict = only(key_compromised, replace(FLAWS, flaws=(replace(FLAW, places=(stand,)),)))
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)


def test_each_place_is_a_finding_of_its_own(outcomes) -> None:
    """The key has to go from every account; a line that moves within its file is the same finding."""
    other = replace(STAND, account="bob", place="/home/bob/.ssh/authorized_keys:7")
    found = outcomes(key_compromised, replace(FLAWS, flaws=(replace(FLAW, places=(STAND, other)),)))
    assert found == {f"alex {FLAW.fingerprint}": FAIL, f"bob {FLAW.fingerprint}": FAIL}


def test_pass_names_the_lists(only) -> None:
    """A pass says against which lists the keys were held."""
    verdict = only(key_compromised, replace(FLAWS, flaws=(), judged=3))
    assert verdict.outcome is PASS
    assert "Vagrant" in verdict.summary


def test_what_was_not_seen_is_told_by_its_kind(outcomes) -> None:
    """Keys of accounts that could not be read are no pass, though the server's own keys were judged."""
    gaps = ((KeyRole.AUTHORIZED, "needs root"), (KeyRole.PRIVATE, "no public half"))
    found = outcomes(key_compromised, replace(FLAWS, flaws=(), judged=2, gaps=gaps))
    assert list(found.values()).count(UNSURE) == 2


def test_nothing_there(only) -> None:
    """A host without keys has nothing to judge."""
    assert only(key_compromised, replace(FLAWS, flaws=(), judged=0)).outcome is Outcome.NOT_APPLICABLE
