"""People's accounts: who is judged by what, how bad it is, and what a missing answer leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typical_people import ALEX, AT, KIM, SAM, UNSAID, directory

from checks.mfa.accounts_admin_without_mfa import accounts_admin_without_mfa
from checks.mfa.accounts_dormant_admin import accounts_dormant_admin
from checks.mfa.accounts_not_enforced import accounts_not_enforced
from checks.mfa.accounts_phishable import accounts_phishable
from checks.mfa.accounts_without_mfa import accounts_without_mfa
from posture.sdk import DirectoryAccount, MfaKind, MfaRequirement, Outcome, Severity

FAIL, PASS, OPEN, NOT = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
CHECKS = (
    accounts_admin_without_mfa,
    accounts_without_mfa,
    accounts_not_enforced,
    accounts_phishable,
    accounts_dormant_admin,
)
GOOD = replace(ALEX, enrolled=True, kinds=(MfaKind.PASSKEY,), enforced=True, last_login=AT)
ON = MfaRequirement(True, "a setting of the realm")
OFF = MfaRequirement(False, "a setting of the realm")
DARK = replace(KIM, enrolled=None)


def said(check, *accounts, **more):
    """Outcome and severity of each verdict."""
    return [(one.outcome, one.severity) for one in check.judge(directory(*accounts, **more))]


def found(check, *accounts, **more):
    return [outcome for outcome, _ in said(check, *accounts, **more)]


@pytest.mark.parametrize(
    ("accounts", "more", "verdicts"),
    [
        ((ALEX,), {}, [(FAIL, None)]),
        ((ALEX, replace(ALEX, name="eve")), {}, [(FAIL, None), (FAIL, None)]),
        ((ALEX,), {"requirement": ON}, [(FAIL, Severity.HIGH)]),
        ((replace(ALEX, enforced=True),), {}, [(FAIL, Severity.HIGH)]),
        ((replace(KIM, break_glass=True),), {}, [(FAIL, None)]),
        ((GOOD, KIM), {}, [(PASS, None)]),
        ((KIM, SAM), {}, [(NOT, None)]),
        ((replace(ALEX, active=False), GOOD), {}, [(PASS, None)]),
        ((replace(ALEX, active=None),), {}, [(FAIL, None)]),
        ((replace(ALEX, service=True), GOOD), {}, [(PASS, None)]),
        ((replace(ALEX, password=False), GOOD), {}, [(PASS, None)]),
        ((replace(ALEX, enrolled=None),), {}, [(OPEN, None)]),
        ((replace(KIM, admin=None), GOOD), {}, [(OPEN, None)]),
        ((replace(SAM, admin=None), GOOD), {}, [(PASS, None)]),
        ((GOOD,), {"gaps": ("the users after the first 1 were not read",)}, [(OPEN, None)]),
        ((ALEX,), {"gaps": ("the users after the first 1 were not read",)}, [(FAIL, None), (OPEN, None)]),
    ],
)
def test_administrators_without_a_second_factor(accounts, more, verdicts):
    """One finding each; unknown rights or factors pass nobody; services and suspended accounts are left aside."""
    assert said(accounts_admin_without_mfa, *accounts, **more) == verdicts


@pytest.mark.parametrize(
    ("accounts", "verdicts"),
    [
        ((KIM, replace(KIM, name="lee"), SAM), [(FAIL, None)]),
        ((replace(KIM, admin=None), SAM), [(FAIL, Severity.HIGH)]),
        ((ALEX,), [(NOT, None)]),
        ((SAM, ALEX), [(PASS, None)]),
        ((SAM, DARK), [(OPEN, None)]),
        ((KIM, DARK), [(FAIL, None), (OPEN, None)]),
        ((replace(DARK, external=True), SAM), [(OPEN, None)]),
    ],
)
def test_people_without_a_second_factor(accounts, verdicts):
    """One finding a source; those of administrators are others."""
    assert said(accounts_without_mfa, *accounts) == verdicts


def test_a_crowd_is_one_finding_of_bounded_length():
    """Fifty names are told, and how many more there are."""
    crowd = (replace(KIM, name=f"kim{number:04}") for number in range(5_000))
    (verdict,) = accounts_without_mfa.judge(directory(*crowd))
    details = dict(verdict.details)
    assert (len(details["names"]), details["more"]) == (50, 4_950)
    assert len(verdict.evidence[0].observed) < 5_000
    assert "5000 accounts of people, 5000 without" in verdict.summary


@pytest.mark.parametrize(
    ("accounts", "requirement", "outcomes"),
    [
        ((KIM, SAM), ON, [PASS]),
        ((KIM, SAM), OFF, [FAIL]),
        ((SAM,), OFF, [PASS]),
        ((replace(KIM, enforced=False), SAM), ON, [FAIL]),
        ((KIM,), UNSAID, [OPEN]),
        ((SAM,), UNSAID, [PASS]),
        ((SAM, KIM), UNSAID, [OPEN]),
        ((replace(KIM, enforced=False), SAM), UNSAID, [FAIL]),
        ((replace(KIM, enforced=False, break_glass=True), SAM), ON, [PASS]),
        ((replace(KIM, enforced=False, external=True),), OFF, [NOT]),
    ],
)
def test_enforcement_is_not_enrolment(accounts, requirement, outcomes):
    """What is demanded of all, else of each; what is not told passes nobody."""
    assert found(accounts_not_enforced, *accounts, requirement=requirement) == outcomes


@pytest.mark.parametrize(
    ("account", "verdicts"),
    [
        (replace(GOOD, kinds=(MfaKind.TOTP,)), [(FAIL, None)]),
        (replace(GOOD, kinds=(MfaKind.SMS,)), [(FAIL, Severity.MEDIUM)]),
        (replace(GOOD, kinds=(MfaKind.TOTP, MfaKind.SECURITY_KEY)), [(PASS, None)]),
        (replace(GOOD, kinds=(MfaKind.UNKNOWN,)), [(OPEN, None)]),
        (replace(GOOD, kinds=()), [(OPEN, None)]),
        (replace(SAM, kinds=(MfaKind.SMS, MfaKind.EMAIL)), [(FAIL, None)]),
        (replace(SAM, kinds=(MfaKind.SMS, MfaKind.TOTP)), [(PASS, None)]),
        (replace(SAM, kinds=(MfaKind.TOTP,), admin=None), [(OPEN, None)]),
        (replace(SAM, kinds=(MfaKind.TOTP,), break_glass=True), [(FAIL, Severity.MEDIUM)]),
        (KIM, [(NOT, None)]),
        (DARK, [(OPEN, None)]),
    ],
)
def test_kinds(account, verdicts):
    """Administrators need a key, break-glass accounts more so; all others more than the telephone or mailbox."""
    assert said(accounts_phishable, account) == verdicts


@pytest.mark.parametrize(
    ("accounts", "outcomes"),
    [
        ((replace(ALEX, last_login=AT - timedelta(days=91)),), [FAIL]),
        ((replace(ALEX, last_login=AT - timedelta(days=89)),), [PASS]),
        ((ALEX, KIM), [NOT]),
        ((ALEX, replace(KIM, last_login=AT)), [OPEN]),
        ((replace(ALEX, break_glass=True, last_login=AT - timedelta(days=91)),), [NOT]),
        ((replace(ALEX, admin=None, last_login=AT - timedelta(days=91)),), [OPEN]),
    ],
)
def test_unused_administrators(accounts, outcomes):
    """A date that is known decides; break-glass accounts are meant to be unused."""
    assert found(accounts_dormant_admin, *accounts) == outcomes


@pytest.mark.parametrize("check", CHECKS)
def test_an_old_export_says_nothing_of_today(check):
    """After 30 days nothing of it is judged, good or bad."""
    old = {"source": "csv", "requirement": OFF, "exported_at": AT - timedelta(days=31)}
    assert found(check, ALEX, KIM, GOOD, **old) == [OPEN]
    (verdict,) = check.judge(directory(ALEX, KIM, GOOD, **old))
    assert "31 days ago" in verdict.summary
    fresh = {**old, "exported_at": AT - timedelta(days=30)}
    assert found(check, replace(ALEX, last_login=AT - timedelta(days=200)), KIM, **fresh) != [OPEN]


MAYBE = st.sampled_from([True, False, None])
ACCOUNT = st.builds(
    DirectoryAccount,
    name=st.text("abcdef", min_size=1, max_size=4),
    active=MAYBE,
    admin=MAYBE,
    enrolled=MAYBE,
    kinds=st.lists(st.sampled_from(MfaKind), max_size=3, unique=True).map(tuple),
    enforced=MAYBE,
    service=st.booleans(),
    break_glass=st.booleans(),
    external=st.booleans(),
    last_login=st.sampled_from([None, AT, AT - timedelta(days=400)]),
    password=MAYBE,
)
FORGETFUL = ("active", "admin", "enrolled", "enforced", "password")


@given(
    st.lists(ACCOUNT, max_size=6, unique_by=lambda one: one.name),
    st.sampled_from([UNSAID, ON, OFF]),
    st.sampled_from(FORGETFUL),
    st.integers(0, 5),
)
def test_what_is_not_told_makes_nothing_pass(accounts, requirement, field, which):
    """Every check says something; with one thing less told of one account, nothing passes that did not before.

    What is demanded of all holds for an account of which nothing else is told.
    """
    for check in CHECKS:
        before = found(check, *accounts, requirement=requirement)
        assert before
        assert PASS not in before or before == [PASS]
        if which < len(accounts) and not (field == "enforced" and requirement is ON):
            less = [replace(one, **{field: None}) if at == which else one for at, one in enumerate(accounts)]
            after = found(check, *less, requirement=requirement)
            assert PASS not in after or before[0] in {PASS, NOT}, (check.id, before, after)
