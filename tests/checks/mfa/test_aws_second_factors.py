"""Second factors in AWS accounts: who is judged, what severity it has, and what a missing answer leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from typical_aws_logins import (
    ALEX,
    AT,
    DENIED,
    FRESH,
    KEY,
    POLICY,
    POOL,
    SUMMARY,
    devices,
    gap,
    iam,
    keyed,
    pools,
    powers,
    report,
)

from checks.mfa.aws_admin_mfa_phishable import aws_admin_mfa_phishable
from checks.mfa.aws_cognito_admin_mfa import aws_cognito_admin_mfa
from checks.mfa.aws_console_user_mfa import aws_console_user_mfa
from checks.mfa.aws_identity_center import aws_identity_center
from checks.mfa.aws_password_policy import aws_password_policy
from checks.mfa.aws_rights_without_mfa import aws_rights_without_mfa
from checks.mfa.aws_root_mfa import aws_root_mfa
from posture.facts.aws.identity import IdentityCenter, IdentityCenters
from posture.sdk import AwsMfaKind, Level, Outcome, PoolMfa, Severity

ENROLLED = replace(ALEX, mfa=True)
ROOT = "<root_account>"
ON = replace(SUMMARY, root_mfa=True)


@pytest.mark.parametrize(
    ("summary", "own", "outcome", "severity"),
    [
        (SUMMARY, devices(), Outcome.FAIL, None),
        (ON, devices(AwsMfaKind.VIRTUAL, user=ROOT), Outcome.FAIL, Severity.LOW),
        (ON, devices(AwsMfaKind.VIRTUAL), Outcome.PASS, None),
        (ON, devices(gaps=(gap("iam:ListMFADevices", "alex"),)), Outcome.PASS, None),
        (ON, devices(gaps=(gap("iam:ListVirtualMFADevices"),)), Outcome.NOT_ASSESSED, None),
        (ON, DENIED, Outcome.NOT_ASSESSED, None),
        (replace(SUMMARY, root_mfa=None), devices(), Outcome.NOT_ASSESSED, None),
        (replace(SUMMARY, root_password=False), devices(), Outcome.NOT_APPLICABLE, None),
        (replace(SUMMARY, root_password=None), devices(), Outcome.FAIL, None),
    ],
)
def test_root(only, summary, own, outcome, severity):
    """No factor is worst, an app's codes weigh little, a key passes; no password needs none."""
    verdict = only(aws_root_mfa, summary, own, DENIED, DENIED)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


@pytest.mark.parametrize(("console", "outcome"), [(False, Outcome.NOT_APPLICABLE), (None, Outcome.FAIL)])
def test_root_without_a_password_by_the_report(only, console, outcome):
    """Where the summary does not tell the password, the report may; what neither tells is no absence."""
    summary = replace(SUMMARY, root_password=None)
    row = replace(ALEX, name=ROOT, console=console)
    assert only(aws_root_mfa, summary, devices(), report(root=row), DENIED).outcome is outcome


def test_administrators_without_a_second_factor_come_first(judged):
    """The same password is worse where it opens the whole account."""
    people = report(ALEX, replace(ALEX, name="bob"))
    alex, bob = judged(aws_console_user_mfa, people, devices(), iam("alex", "bob"), powers())
    assert (alex.subject, alex.severity) == ("alex", Severity.CRITICAL)
    assert (bob.subject, bob.severity) == ("bob", None)
    assert "may do everything" in alex.summary


def test_what_happened_since_the_report_counts(only):
    """A device enrolled and a user deleted within the four hours are no findings."""
    fresh = only(aws_console_user_mfa, report(ALEX), devices(AwsMfaKind.VIRTUAL), iam("alex"), DENIED)
    gone = only(aws_console_user_mfa, report(ALEX), devices(), iam(), DENIED)
    assert (fresh.outcome, gone.outcome) == (Outcome.PASS, Outcome.NOT_APPLICABLE)
    unsure = only(aws_console_user_mfa, report(ALEX), devices(), iam(gaps=(gap("iam:X"),)), DENIED)
    assert unsure.outcome is Outcome.FAIL


def test_a_user_newer_than_the_report_is_not_assessed(only):
    """Nobody knows yet whether he has a second factor."""
    verdict = only(aws_console_user_mfa, report(ENROLLED), devices(), iam("alex", "new"), DENIED)
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "new" in verdict.summary


def test_a_report_that_is_cut_passes_nobody(only):
    """There may be more users than those with a second factor."""
    verdict = only(
        aws_console_user_mfa, report(ENROLLED, gaps=(gap("iam:GetCredentialReport"),)), devices(), iam("alex"), DENIED
    )
    assert verdict.outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ([AwsMfaKind.VIRTUAL], Outcome.FAIL),
        ([AwsMfaKind.SECURITY_KEY, AwsMfaKind.VIRTUAL], Outcome.FAIL),
        ([AwsMfaKind.HARDWARE_CODES], Outcome.FAIL),
        ([AwsMfaKind.SMS], Outcome.FAIL),
        ([AwsMfaKind.SECURITY_KEY], Outcome.PASS),
        ([AwsMfaKind.UNKNOWN], Outcome.NOT_ASSESSED),
        ([], Outcome.NOT_ASSESSED),
    ],
)
def test_any_device_with_codes_lets_a_false_page_in(only, kinds, outcome):
    """An administrator's passkey does not help beside an app's codes."""
    assert only(aws_admin_mfa_phishable, report(ENROLLED), devices(*kinds), powers()).outcome is outcome


def test_devices_of_others_are_not_missed(only):
    """Only what an administrator's kind of device hangs on leaves it open."""
    others = devices(AwsMfaKind.SECURITY_KEY, gaps=(gap("iam:ListMFADevices", "bob"),))
    assert only(aws_admin_mfa_phishable, report(ENROLLED), others, powers()).outcome is Outcome.PASS
    unlisted = devices(AwsMfaKind.SECURITY_KEY, gaps=(gap("iam:ListVirtualMFADevices"),))
    assert only(aws_admin_mfa_phishable, report(ENROLLED), unlisted, powers()).outcome is Outcome.PASS
    assert only(aws_admin_mfa_phishable, report(ALEX), devices(), powers()).outcome is Outcome.NOT_APPLICABLE
    limited = powers(level=Level.LIMITED)
    assert only(aws_admin_mfa_phishable, report(ENROLLED), devices(), limited).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("login", "power", "expected"),
    [
        (keyed(KEY), powers(), Severity.HIGH),
        (keyed(KEY, mfa=True), powers(), Severity.HIGH),  # a device does nothing for a key
        (keyed(KEY), powers(level=Level.ESCALATION), Severity.MEDIUM),
        (ALEX, powers(), Severity.HIGH),
        (ENROLLED, powers(), None),  # the console always asks
        (keyed(replace(KEY, active=False)), powers(), None),
        (keyed(KEY), powers(without_mfa=Level.LIMITED), None),
    ],
)
def test_one_stolen_thing_that_rules_the_account(only, login, power, expected):
    """A key rules where no policy asks for the second factor, whatever is enrolled."""
    verdict = only(aws_rights_without_mfa, report(login), power, iam("alex"))
    assert (verdict.outcome, verdict.severity) == (Outcome.FAIL if expected else Outcome.PASS, expected)


def test_policies_that_were_not_read_pass_nobody(only):
    """Somebody's rights may be among them."""
    verdict = only(
        aws_rights_without_mfa,
        report(keyed(KEY)),
        powers(level=Level.LIMITED, gaps=(gap("iam:GetAccountAuthorizationDetails"),)),
        iam("alex"),
    )
    assert verdict.outcome is Outcome.NOT_ASSESSED


@pytest.mark.parametrize(
    ("length", "remembered", "outcome", "severity"),
    [
        (8, 0, Outcome.FAIL, None),
        (13, 24, Outcome.FAIL, None),
        (14, 23, Outcome.FAIL, Severity.LOW),
        (14, 24, Outcome.PASS, None),
    ],
)
def test_rules_for_passwords(only, length, remembered, outcome, severity):
    """Length weighs more than old passwords."""
    rules = replace(POLICY, exists=True, length=length, remembered=remembered)
    verdict = only(aws_password_policy, rules, report(ALEX))
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_rules_for_passwords_that_nobody_has(only):
    """An account whose people come from elsewhere is not told to have rules; one that was not seen whole may be."""
    assert only(aws_password_policy, POLICY, report(keyed())).outcome is Outcome.NOT_APPLICABLE
    cut = report(keyed(), gaps=(gap("iam:GetCredentialReport"),))
    assert only(aws_password_policy, POLICY, cut).outcome is Outcome.NOT_ASSESSED
    assert only(aws_password_policy, POLICY, DENIED).outcome is Outcome.NOT_ASSESSED
    strong = replace(POLICY, exists=True, length=14, remembered=24)
    assert only(aws_password_policy, strong, DENIED).outcome is Outcome.PASS  # whoever has a password


def test_identity_center_is_never_passed(only):
    """No API tells its second factor: one must look, and is told where."""
    center = IdentityCenter("arn:aws:sso:::instance/ssoins-1", "", "eu-central-1", "111122223333")
    seen = IdentityCenters((center,), ("eu-central-1",), (), AT)
    verdict = only(aws_identity_center, seen)
    assert verdict.outcome is Outcome.NOT_ASSESSED
    assert "in the console" in verdict.summary
    assert only(aws_identity_center, replace(seen, centers=())).outcome is Outcome.NOT_APPLICABLE
    unread = replace(seen, centers=(), gaps=(gap("sso:ListInstances"),))
    assert only(aws_identity_center, unread).outcome is Outcome.NOT_ASSESSED


def test_pools_with_administrators(only, judged):
    """A pool of customers is not judged, one with administrators is, and an unread region is told beside it."""
    assert only(aws_cognito_admin_mfa, pools(POOL)).severity is None
    assert only(aws_cognito_admin_mfa, pools(replace(POOL, mfa=PoolMfa.OPTIONAL))).severity is Severity.LOW
    assert only(aws_cognito_admin_mfa, pools(replace(POOL, admins=()))).outcome is Outcome.NOT_APPLICABLE
    assert only(aws_cognito_admin_mfa, pools(replace(POOL, mfa=PoolMfa.ON))).outcome is Outcome.PASS
    some = judged(aws_cognito_admin_mfa, pools(POOL, gaps=(gap("cognito-idp:ListUserPools"),)))
    assert [verdict.outcome for verdict in some] == [Outcome.FAIL, Outcome.NOT_ASSESSED]


def test_fresh_keys_need_a_second_factor_too(only):
    """The age of a key says nothing of what it may do."""
    login = keyed(replace(FRESH, created=AT - timedelta(hours=2)))
    assert only(aws_rights_without_mfa, report(login), powers(), iam("alex")).outcome is Outcome.FAIL
