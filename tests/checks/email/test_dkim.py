"""What is said of a domain by its DKIM keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_dkim_dmarc import BEHIND, KEY, KEYS, NO_KEYS, UNKNOWN, UNSURE, key
from typical_email_dns import SILENT, USE, ZONE

from checks.email.dkim_broken import dkim_broken
from checks.email.dkim_key_weak import dkim_key_weak
from checks.email.dkim_missing import dkim_missing
from checks.email.dkim_test_mode import dkim_test_mode
from posture.sdk import Outcome, Severity

FAIL, PASS, UNSEEN, NOTHING = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
NAME_THEM = "name the selectors in the inventory: dkim_selectors"


def test_a_good_key_passes_everything(only):
    """2048 bits, in force, and where the inventory says."""
    assert only(dkim_missing, KEYS, USE, ZONE).outcome is PASS
    for check in (dkim_key_weak, dkim_broken, dkim_test_mode):
        assert only(check, KEYS).outcome is PASS


@pytest.mark.parametrize(
    ("keys", "use", "outcome"),
    [
        (replace(KEYS, missing=("summer",)), USE, FAIL),
        (replace(NO_KEYS, missing=("summer",)), UNSURE, FAIL),
        (key(revoked=True, bits=0), USE, FAIL),
        (replace(NO_KEYS, nothing_below=True), USE, FAIL),
        (replace(NO_KEYS, nothing_below=True), UNSURE, UNSEEN),
        (replace(NO_KEYS, nothing_below=True), SILENT, NOTHING),
        (NO_KEYS, USE, UNSEEN),
        (replace(NO_KEYS, wildcard=True), USE, UNSEEN),
        (key(given=False), USE, PASS),
        (key(given=False, error="the key is cut off"), USE, UNSEEN),
        (key(unknown="no answer"), USE, UNSEEN),
    ],
)
def test_a_missing_key_is_told_only_where_it_is_certain(only, keys, use, outcome):
    """Selectors that nobody named may have one all the same."""
    assert only(dkim_missing, keys, use, ZONE).outcome is outcome


def test_who_is_not_asked_for_selectors_is_told_how_to_name_them(only):
    """The reason ends in the next step."""
    assert only(dkim_missing, NO_KEYS, USE, UNKNOWN).summary.endswith(NAME_THEM)


def test_a_domain_that_is_gone_needs_no_key(only):
    """That it is gone is told once."""
    gone = replace(ZONE, exists=False)
    assert only(dkim_missing, replace(NO_KEYS, nothing_below=True), USE, gone).outcome is NOTHING


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"bits": 512}, Severity.HIGH),
        ({"bits": 1023}, Severity.HIGH),
        ({"bits": 1024}, Severity.MEDIUM),
        ({"bits": 2047}, Severity.MEDIUM),
        ({"weak": "its primes are close"}, Severity.CRITICAL),
    ],
)
def test_the_shorter_the_graver(only, changes, severity):
    """RFC 8301, 3.2; and a key that others have is no key."""
    verdict = only(dkim_key_weak, key(**changes))
    assert (verdict.outcome, verdict.severity, verdict.subject) == (FAIL, severity, BEHIND)


def test_ed25519_is_strong_and_revoked_keys_are_none(only):
    """256 bits of the one are more than 2048 of the other."""
    assert only(dkim_key_weak, key(kind="ed25519", bits=256)).outcome is PASS
    assert only(dkim_key_weak, key(bits=512, revoked=True)).outcome is NOTHING


def test_keys_that_were_not_found_are_not_called_good(only):
    """Selectors that nobody named may have weak or broken ones; where nothing exists, the question does not arise."""
    for check in (dkim_key_weak, dkim_broken, dkim_test_mode):
        for unseen in (NO_KEYS, replace(NO_KEYS, wildcard=True), replace(NO_KEYS, unknown="no answer")):
            assert only(check, unseen).outcome is UNSEEN
        assert only(check, replace(NO_KEYS, nothing_below=True)).outcome is NOTHING


def test_a_record_that_cannot_be_used_is_grave_where_it_is_needed(only):
    """Named in the inventory, or the only one; a leftover beside a good key is not."""
    assert only(dkim_broken, key(error="cut off")).severity is Severity.HIGH
    assert only(dkim_broken, key(sha1_only=True)).severity is Severity.HIGH
    assert only(dkim_broken, key(error="cut off", given=False)).severity is Severity.HIGH
    stale = replace(KEY, selector="k1", name="k1._domainkey.bakery.example", given=False, error="cut off")
    leftover = [v for v in dkim_broken.judge(replace(KEYS, keys=(KEY, stale))) if v.outcome is FAIL]
    assert [verdict.severity for verdict in leftover] == [Severity.LOW]
    assert only(dkim_broken, key(unknown="no answer")).outcome is UNSEEN


def test_the_record_without_the_test_flag_is_given(only):
    """The key and every other tag stay as they are."""
    verdict = only(dkim_test_mode, key(testing=True, strict=True, text="v=DKIM1; t=y:s; n=note; p=MIIB"))
    assert verdict.outcome is FAIL
    assert dict(verdict.details)["better"] == (f'{BEHIND}. 3600 IN TXT "v=DKIM1; n=note; t=s; p=MIIB"',)
