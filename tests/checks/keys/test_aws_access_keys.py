"""Access keys of AWS: age, use, number, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from typical_aws_logins import ALEX, AT, BEDROCK, DENIED, FRESH, KEY, SUMMARY, gap, iam, keyed, report

from checks.keys.aws_access_key_old import aws_access_key_old
from checks.keys.aws_access_key_two_active import aws_access_key_two_active
from checks.keys.aws_access_key_unused import aws_access_key_unused
from checks.keys.aws_console_user_with_key import aws_console_user_with_key
from checks.keys.aws_root_access_key import aws_root_access_key
from checks.keys.aws_service_credential_old import aws_service_credential_old
from posture.sdk import AwsServiceCredentials, Outcome, Severity

ALL = (aws_access_key_old, aws_access_key_unused, aws_access_key_two_active, aws_console_user_with_key)


def made(days: int, used: int | None = 0, **more: object):
    last = None if used is None else AT - timedelta(days=used)
    return replace(KEY, created=AT - timedelta(days=days), used=last, **more)


@pytest.mark.parametrize(
    ("key", "old", "severity"),
    [
        (made(90), False, None),
        (made(91), True, None),
        (made(365), True, None),
        (made(366), True, Severity.HIGH),
        (made(400, active=False), False, None),
    ],
)
def test_age_counts_from_the_day_the_key_was_made(only, key, old, severity):
    """Ninety days pass; a key that is off is not judged."""
    verdict = only(aws_access_key_old, report(keyed(key)), iam("alex"))
    assert ((verdict.outcome is Outcome.FAIL), verdict.severity) == (old, severity)


@pytest.mark.parametrize(
    ("key", "idle"),
    [
        (made(400, used=90), False),
        (made(400, used=91), True),
        (made(400, used=None), True),
        (made(91, used=None), True),
        (made(90, used=None), False),
        (made(400, used=None, active=False), False),
    ],
)
def test_a_key_that_was_never_used_counts_from_the_day_it_was_made(only, key, idle):
    """No use is not the same as no answer: a key of a year without a use is the least needed of all."""
    verdict = only(aws_access_key_unused, report(keyed(key)), iam("alex"))
    assert (verdict.outcome is Outcome.FAIL) == idle


def test_each_key_is_a_finding_of_its_own(judged):
    """They are replaced one by one, and keep their names while they age."""
    login = keyed(made(400), made(200, place=2))
    found = judged(aws_access_key_old, report(login), iam("alex"))
    assert [verdict.subject for verdict in found] == ["key 1 of alex", "key 2 of alex"]


def test_two_keys_and_a_password(only, judged):
    """Two that work are one too many; one that is off is none; a password beside a key is told."""
    both = keyed(KEY, replace(KEY, place=2))
    assert only(aws_access_key_two_active, report(both), iam("alex")).subject == "alex"
    one = keyed(KEY, replace(KEY, place=2, active=False))
    assert only(aws_access_key_two_active, report(one), iam("alex")).outcome is Outcome.PASS
    assert only(aws_console_user_with_key, report(replace(ALEX, keys=(KEY,))), iam("alex")).outcome is Outcome.FAIL
    assert only(aws_console_user_with_key, report(ALEX), iam("alex")).outcome is Outcome.PASS


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_what_is_missing_never_passes(only, check):
    """A report that is cut, a user newer than it, nobody with a key: none of them is a pass."""
    fine = report(keyed(FRESH))
    assert only(check, replace(fine, gaps=(gap("iam:GetCredentialReport"),)), iam("alex")).outcome is (
        Outcome.NOT_ASSESSED
    )
    assert only(check, fine, iam("alex", "new")).outcome is Outcome.NOT_ASSESSED
    assert only(check, report(keyed()), iam("alex")).outcome is Outcome.NOT_APPLICABLE
    assert only(check, report(replace(ALEX, keys=(KEY, KEY))), iam()).outcome is Outcome.NOT_APPLICABLE  # deleted


@pytest.mark.parametrize("check", ALL[:2], ids=lambda check: check.id)
def test_a_key_without_a_date_is_not_young(only, check):
    """AWS has not said when it was made."""
    key = replace(KEY, created=None, used=None)
    assert only(check, report(keyed(key)), iam("alex")).outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("has", "outcome"), [(True, Outcome.FAIL), (False, Outcome.PASS), (None, Outcome.NOT_ASSESSED)]
)
def test_a_key_of_root(only, has, outcome):
    """What AWS does not say is no absence."""
    assert only(aws_root_access_key, replace(SUMMARY, root_keys=has), DENIED).outcome is outcome


def test_the_last_use_of_roots_key_is_told(only):
    """So that it is known what stops when it is deleted."""
    root = keyed(KEY, name="<root_account>")
    verdict = only(aws_root_access_key, SUMMARY, report(root=root))
    assert dict(verdict.details)["used"] == "last used 2026-11-22 for s3 in eu-central-1"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.FAIL),
        ({"expires": AT + timedelta(days=91)}, Outcome.FAIL),
        ({"expires": AT + timedelta(days=90)}, Outcome.PASS),
        ({"created": AT - timedelta(days=90)}, Outcome.PASS),
        ({"active": False}, Outcome.NOT_APPLICABLE),
        ({"created": None}, Outcome.NOT_ASSESSED),
    ],
)
def test_a_key_for_one_service_ends_or_is_replaced(only, changes, outcome):
    """It is in no credential report, and works as long as an access key."""
    keys = AwsServiceCredentials((replace(BEDROCK, **changes),), (), AT)
    assert only(aws_service_credential_old, keys).outcome is outcome
    cut = replace(keys, credentials=(), gaps=(gap("iam:ListServiceSpecificCredentials"),))
    assert only(aws_service_credential_old, cut).outcome is Outcome.NOT_ASSESSED
