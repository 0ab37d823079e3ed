"""What is said of a domain by its SPF record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_email_dns import SILENT, USE, ZONE
from typical_spf import GOOD, NONE, OWN, policy

from checks.email.spf_broken import spf_broken
from checks.email.spf_everyone import spf_everyone
from checks.email.spf_missing import spf_missing
from checks.email.spf_near_limit import spf_near_limit
from checks.email.spf_ptr import spf_ptr
from checks.email.spf_record import ending, ending_in, flattened, merged
from checks.email.zone_file import txt
from posture.sdk import Outcome, Sends, Severity, SpfResult, SpfTerm

FAIL, PASS, UNSURE, NOTHING = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
SILENT_SERVER = policy(unknown="TXT of _spf.google.com: no answer", stranger=SpfResult.TEMPERROR)


def test_a_good_record_passes_everything(only):
    """Nothing is told of a domain that names its senders."""
    assert only(spf_missing, GOOD, USE, ZONE).outcome is PASS
    for check in (spf_broken, spf_everyone, spf_near_limit, spf_ptr):
        assert only(check, GOOD).outcome is PASS


@pytest.mark.parametrize(
    ("use", "severity"),
    [(USE, Severity.HIGH), (SILENT, Severity.MEDIUM), (replace(USE, sends=Sends.UNKNOWN), Severity.MEDIUM)],
)
def test_a_missing_record_is_graver_where_mail_is_sent(only, use, severity):
    """A domain that is silent has to say so too."""
    verdict = only(spf_missing, NONE, use, ZONE)
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)


def test_a_domain_that_is_gone_needs_no_record(only):
    """That it is gone is told by another check, once."""
    assert only(spf_missing, NONE, SILENT, replace(ZONE, exists=False)).outcome is NOTHING


def test_what_could_not_be_looked_up_is_not_called_safe(only):
    """A server of an include that does not answer leaves open who passes."""
    for check in (spf_broken, spf_everyone, spf_near_limit):
        assert only(check, SILENT_SERVER).outcome is UNSURE


@pytest.mark.parametrize(
    ("spf", "severity"),
    [
        (policy(stranger=SpfResult.PASS), Severity.CRITICAL),
        (policy(everyone=True), Severity.CRITICAL),
        (policy(stranger=SpfResult.NEUTRAL), Severity.MEDIUM),
        (policy(allowed=2**21), Severity.MEDIUM),
    ],
)
def test_who_lets_strangers_send_is_told(only, spf, severity):
    """By all, by networks in pieces, by saying nothing, or by a crowd."""
    assert only(spf_everyone, spf).severity is severity


def test_softfail_is_no_open_door(only):
    """It marks strangers; whether that is enough is DMARC's to say."""
    assert only(spf_everyone, policy(stranger=SpfResult.SOFTFAIL)).outcome is PASS


def test_a_record_over_the_limit_says_what_is_dear_and_gives_a_cheaper_one(only):
    """The reader sees which part costs most; the domain's own names become addresses."""
    verdict = only(spf_broken, policy(error="it takes more than 10 DNS questions", lookups=13))
    details = dict(verdict.details)
    assert details["costs"] == ("include:_spf.google.com: 4", "mx: 1")
    assert details["better"] == (
        "bakery.example. 3600 IN TXT (",
        '    "v=spf1 ip4:198.51.100.10 ip6:2001:db8::10 include:_spf.google.com -all"',
        ")",
    )


def test_two_records_become_one(only):
    """Each mechanism of both stands in the one to publish, once."""
    both = policy(error="bakery.example has 2 SPF records", texts=("v=spf1 mx ~all", "v=spf1 mx a:shop.example -all"))
    assert dict(only(spf_broken, both).details)["better"] == (
        'bakery.example. 3600 IN TXT "v=spf1 mx a:shop.example -all"',
    )


def test_ten_questions_are_allowed_and_told(only):
    """At nine one more name of a service breaks the record."""
    assert [only(spf_near_limit, policy(lookups=n)).outcome for n in (8, 9, 10)] == [PASS, FAIL, FAIL]


def test_ptr_of_a_service_is_the_services(only):
    """Only the domain's own record can be mended by its owner."""
    ptr = SpfTerm("ptr", "ptr", "+", lookups=1)
    assert only(spf_ptr, policy(records=(OWN, replace(OWN, depth=1, terms=(ptr,))))).outcome is PASS
    assert only(spf_ptr, policy(records=(replace(OWN, terms=(ptr,)),))).outcome is FAIL


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("v=spf1 mx +all", "v=spf1 mx -all"),
        ("v=spf1 mx ALL", "v=spf1 mx -all"),
        ("v=spf1 redirect=x.example", "v=spf1 -all"),
        ("v=spf1  a   mx", "v=spf1 a mx -all"),
    ],
)
def test_a_better_end_keeps_what_stands_before_it(text, better):
    """Whoever may send now may send then."""
    assert ending_in(text, "-all") == better


def test_how_a_record_ends_is_its_own_and_not_an_includes():
    """An include's all says nothing of the end."""
    assert ending(GOOD) == "-all"
    assert ending(policy(records=(replace(OWN, depth=1),))) == ""


def test_flattening_keeps_what_is_not_the_domains_own():
    """A service's addresses change, so its include stays."""
    assert "include:_spf.google.com" in flattened(OWN, "-all")
    assert merged(["v=spf1 a -all", "v=spf1 a"], "~all") == "v=spf1 a ~all"


def test_long_records_are_written_in_strings_that_a_page_shows():
    """Receivers join the strings without a space, so that nothing is lost or added."""
    text = "v=spf1 " + " ".join(f"ip4:198.51.100.{number}" for number in range(60)) + " -all"
    lines = txt("bakery.example", text)
    assert all(len(line) <= 88 for line in lines)
    assert "".join(line.strip().strip('"') for line in lines[1:-1]) == text
