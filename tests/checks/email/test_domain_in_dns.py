"""What the checks of a domain's own records, exchangers and reverse DNS say of domains good and bad."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_email_dns import HOST, MX, NO_MAIL, ROUTING, SENDING, SILENT, USE, ZONE, routing, sending, zone

from checks.email.caa_missing import caa_missing
from checks.email.dnssec_missing import dnssec_missing
from checks.email.domain_gone import domain_gone
from checks.email.mx_broken import mx_broken
from checks.email.null_mx_missing import null_mx_missing
from checks.email.reverse_dns import reverse_dns
from posture.model.verdict import Outcome
from posture.sdk import CaaRecord, Check, Exchanger, Security, Sends, Severity

FAIL, PASS, NOT_ASSESSED, NOT_APPLICABLE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
GONE = zone(exists=False, security=Security.SECURE, caa=(), caa_at="")
BOGUS = zone(security=Security.BOGUS, unsigned="its DNSSEC signatures do not hold", caa_unknown="bogus", caa=())


@pytest.mark.parametrize(
    ("check", "facts", "outcome"),
    [
        (domain_gone, (ZONE,), PASS),
        (domain_gone, (zone(security=Security.UNKNOWN),), PASS),
        (domain_gone, (GONE,), FAIL),
        (domain_gone, (BOGUS,), FAIL),
        (dnssec_missing, (ZONE,), PASS),
        (dnssec_missing, (zone(security=Security.INSECURE),), FAIL),
        (dnssec_missing, (zone(security=Security.UNKNOWN, unsigned="nobody validates"),), NOT_ASSESSED),
        (dnssec_missing, (GONE,), NOT_APPLICABLE),
        (dnssec_missing, (BOGUS,), NOT_APPLICABLE),
        (caa_missing, (ZONE,), PASS),
        (caa_missing, (zone(caa=(CaaRecord("issue", ";"),)),), PASS),
        (caa_missing, (zone(caa=(CaaRecord("issuewild", ";"), CaaRecord("iodef", "mailto:a@b.example"))),), FAIL),
        (caa_missing, (zone(caa=(), caa_at=""),), FAIL),
        (caa_missing, (zone(caa=(), caa_at="", caa_unknown="no answer"),), NOT_ASSESSED),
        (caa_missing, (GONE,), NOT_APPLICABLE),
        (mx_broken, (ROUTING,), PASS),
        (mx_broken, (replace(NO_MAIL, null_mx=True),), NOT_APPLICABLE),
        (mx_broken, (NO_MAIL,), NOT_APPLICABLE),
        (mx_broken, (routing(replace(MX, addresses=(), unknown="A of mx: no answer")),), NOT_ASSESSED),
        (mx_broken, (routing(replace(MX, addresses=(), error="it has no address")),), FAIL),
        (mx_broken, (routing(replace(MX, alias="other.example"), implicit=True),), PASS),
        (null_mx_missing, (SILENT, NO_MAIL, ZONE), FAIL),
        (null_mx_missing, (SILENT, replace(NO_MAIL, null_mx=True), ZONE), PASS),
        (null_mx_missing, (SILENT, ROUTING, ZONE), NOT_APPLICABLE),
        (null_mx_missing, (SILENT, NO_MAIL, GONE), NOT_APPLICABLE),
        (null_mx_missing, (USE, NO_MAIL, ZONE), NOT_APPLICABLE),
        (null_mx_missing, (replace(USE, sends=Sends.UNKNOWN), NO_MAIL, ZONE), NOT_ASSESSED),
        (reverse_dns, (SENDING,), PASS),
        (reverse_dns, (replace(SENDING, hosts=()),), NOT_APPLICABLE),
        (reverse_dns, (sending(names=(), confirmed=()),), FAIL),
        (reverse_dns, (sending(confirmed=()),), FAIL),
        (reverse_dns, (sending(confirmed=(), unknown="the address of mx: no answer"),), NOT_ASSESSED),
        (reverse_dns, (sending(greeting="mail.bakery.example", greeting_at=("198.51.100.10",)),), PASS),
        (reverse_dns, (sending(greeting="mx.bakery.example"),), PASS),
        (reverse_dns, (sending(greeting="localhost"),), FAIL),
    ],
)
def test_outcome(judged, check: Check, facts: tuple[object, ...], outcome: Outcome):
    """Each state of the DNS has its one outcome; what was not answered is never a pass or a failure."""
    assert [verdict.outcome for verdict in judged(check, *facts)] == [outcome]


def test_each_exchanger_is_judged_for_itself(judged):
    """One that cannot be used is the finding, and those that can are named as fit to stay."""
    good, bad = MX, Exchanger("198.51.100.11", 20, error="an address, where the name of a host must stand")
    verdicts = judged(mx_broken, routing(good, bad))
    assert [(one.subject, one.outcome) for one in verdicts] == [(good.name, PASS), (bad.name, FAIL)]
    assert dict(verdicts[1].details)["usable"] == ("bakery.example. 3600 IN MX 10 mx.bakery.example.",)


def test_an_alias_and_records_that_contradict_each_other_are_low(judged):
    """Mail still arrives there, at most senders."""
    verdicts = judged(mx_broken, routing(replace(MX, alias="mail.host.example"), problems=("named more than once",)))
    assert [(one.outcome, one.severity) for one in verdicts] == [(FAIL, Severity.LOW)] * 2
    assert dict(verdicts[0].details)["right"] == "bakery.example. 3600 IN MX 10 mail.host.example."


def test_what_was_left_out_is_told(judged):
    """More exchangers or addresses than one look takes are no pass."""
    assert judged(mx_broken, replace(ROUTING, left_out=3))[-1].outcome is NOT_ASSESSED
    assert judged(reverse_dns, replace(SENDING, left_out=3))[-1].outcome is NOT_ASSESSED


def test_the_records_to_publish_are_whole(judged):
    """The owner of the PTR record, and the record that leads back, for the address family of the host."""
    six = replace(HOST, address="2001:db8::10", pointer="0.1.d.ip6.arpa", names=(), confirmed=())
    (verdict,) = judged(reverse_dns, replace(SENDING, hosts=(six,)))
    details = dict(verdict.details)
    assert details["pointer_record"] == "0.1.d.ip6.arpa. 3600 IN PTR mail.bakery.example."
    assert details["forward_record"] == "mail.bakery.example. 3600 IN AAAA 2001:db8::10"
