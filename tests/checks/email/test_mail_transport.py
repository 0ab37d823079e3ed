"""Whether senders are told to encrypt mail to a domain, and whether they can keep to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_email_dns import ROUTING, SILENT, USE
from typical_email_transport import BRAND, DANE, NO_REPORTING, NO_STS, REPORTING, STS, UNSIGNED, WATCHING
from typical_spf import GOOD

from checks.email.bimi_without_dmarc import bimi_without_dmarc
from checks.email.dane_unsigned import dane_unsigned
from checks.email.mta_sts_broken import mta_sts_broken
from checks.email.mta_sts_missing import mta_sts_missing
from checks.email.spf_softfail import spf_softfail
from checks.email.tls_reporting_broken import tls_reporting_broken
from checks.email.tls_reporting_missing import tls_reporting_missing
from posture.sdk import Outcome, Security, Severity, SpfResult, Unavailable

FAIL, PASS, UNSURE, NOTHING = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
UNKNOWN = Unavailable("the resolver gave no answer")
MX2 = ("mx2.bakery.example",)


@pytest.mark.parametrize(
    ("changes", "outcome", "severity"),
    [
        ({}, PASS, None),
        ({"unmatched": MX2}, FAIL, Severity.HIGH),
        ({"unmatched": MX2, "mode": "testing"}, FAIL, Severity.MEDIUM),
        ({"unmatched": MX2, "mode": "none"}, PASS, None),
        ({"problems": ("it names no mx",)}, FAIL, None),
        ({"fetched": False, "not_fetched": "its address is outside the networks"}, UNSURE, None),
    ],
)
def test_a_policy_that_forbids_the_domains_own_servers_is_grave(only, changes, outcome, severity):
    """Enforced, it stops mail; on trial it would; a file that nobody fetched says nothing."""
    verdict = only(mta_sts_broken, replace(STS, **changes), ROUTING)
    assert (verdict.outcome, verdict.severity) == (outcome, severity)


def test_a_policy_cannot_be_held_against_exchangers_that_are_not_known(only):
    """No answer for MX is no exchanger left out."""
    assert only(mta_sts_broken, STS, UNKNOWN).outcome is UNSURE


@pytest.mark.parametrize(
    ("sts", "routing", "use", "outcome"),
    [
        (STS, ROUTING, USE, PASS),
        (NO_STS, DANE, USE, PASS),
        (NO_STS, UNSIGNED, USE, FAIL),
        (NO_STS, ROUTING, USE, FAIL),
        (NO_STS, ROUTING, SILENT, NOTHING),
        (NO_STS, ROUTING, replace(USE, receives=None), UNSURE),
    ],
)
def test_one_of_two_ways_to_insist_on_encryption_is_enough(only, sts, routing, use, outcome):
    """MTA-STS, or TLSA records that are signed; a domain without mail needs neither."""
    assert only(mta_sts_missing, sts, routing, use).outcome is outcome


@pytest.mark.parametrize(
    ("reporting", "sts", "routing", "outcome"),
    [
        (REPORTING, STS, ROUTING, PASS),
        (NO_REPORTING, STS, ROUTING, FAIL),
        (NO_REPORTING, NO_STS, DANE, FAIL),
        (NO_REPORTING, UNKNOWN, DANE, FAIL),
        (NO_REPORTING, NO_STS, ROUTING, NOTHING),
        (NO_REPORTING, UNKNOWN, ROUTING, UNSURE),
    ],
)
def test_reports_are_missed_only_where_mail_may_be_refused(only, reporting, sts, routing, outcome):
    """Who tells senders nothing has nothing to be reported."""
    assert only(tls_reporting_missing, reporting, sts, routing).outcome is outcome


def test_a_record_that_reports_to_nobody_is_told(only):
    """One that works passes, none at all is no question here."""
    assert only(tls_reporting_broken, REPORTING).outcome is PASS
    assert only(tls_reporting_broken, NO_REPORTING).outcome is NOTHING
    assert only(tls_reporting_broken, replace(REPORTING, problems=("two",))).outcome is FAIL


def test_records_that_senders_overlook_are_told(only):
    """Signed ones count; where nobody validated, nobody knows."""
    assert only(dane_unsigned, UNSIGNED).outcome is FAIL
    assert only(dane_unsigned, DANE).outcome is PASS
    unclear = replace(DANE, exchangers=(replace(DANE.exchangers[0], tlsa_security=Security.UNKNOWN),))
    assert only(dane_unsigned, unclear).outcome is UNSURE
    assert only(dane_unsigned, ROUTING).outcome is NOTHING


def test_a_logo_takes_a_policy_that_is_enforced(only):
    """For the domain and its subdomains, of all mail, and not on trial."""
    strict = replace(WATCHING, policy="reject", subdomains="reject", nonexistent="reject")
    assert only(bimi_without_dmarc, BRAND, strict).outcome is PASS
    for weaker in (WATCHING, replace(strict, testing=True), replace(strict, subdomains="none")):
        assert only(bimi_without_dmarc, BRAND, weaker).outcome is FAIL
    assert only(bimi_without_dmarc, replace(BRAND, texts=()), WATCHING).outcome is NOTHING


@pytest.mark.parametrize(
    ("dmarc", "outcome"),
    [
        (WATCHING, FAIL),
        (replace(WATCHING, policy="quarantine"), PASS),
        (replace(WATCHING, unknown="no answer"), UNSURE),
        (UNKNOWN, UNSURE),
    ],
)
def test_softfail_is_enough_where_dmarc_decides(only, dmarc, outcome):
    """Marked mail is refused by the policy, or by nobody, or nobody knows."""
    assert only(spf_softfail, replace(GOOD, stranger=SpfResult.SOFTFAIL), dmarc).outcome is outcome
