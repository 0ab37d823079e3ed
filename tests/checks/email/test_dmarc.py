"""What is said of a domain by its DMARC policy, and of mail forged in its name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_dkim_dmarc import NO_DMARC, OWN, UNKNOWN, UNSURE, dmarc, forged
from typical_email_dns import SILENT, USE, ZONE
from typical_spf import NONE as NO_SPF
from typical_spf import policy as spf

from checks.email.dmarc_broken import dmarc_broken
from checks.email.dmarc_missing import dmarc_missing
from checks.email.dmarc_not_enforced import dmarc_not_enforced
from checks.email.dmarc_record import repaired
from checks.email.dmarc_reports import dmarc_reports
from checks.email.dmarc_subdomains import dmarc_subdomains
from checks.email.forgeable import forgeable
from posture.sdk import Outcome, ReportAddress, Severity, SpfResult

FAIL, PASS, UNSEEN, NOTHING = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED, Outcome.NOT_APPLICABLE
STOPPED = replace(NO_DMARC, unknown="TXT of _dmarc.example: no answer")
GOOD = dmarc()


def details(verdict):
    return dict(verdict.details)


def test_a_domain_that_has_forged_mail_refused_passes_everything(only):
    """One record, reports, and nothing weaker below."""
    for verdict in (
        only(dmarc_missing, GOOD, forged(GOOD), USE, ZONE), only(dmarc_broken, GOOD, USE),
        only(dmarc_not_enforced, GOOD, forged(GOOD), USE), only(dmarc_subdomains, GOOD, forged(GOOD)),
        only(dmarc_reports, GOOD, USE), only(forgeable, forged(GOOD), ZONE),
    ):  # fmt: skip
        assert verdict.outcome is PASS, verdict


@pytest.mark.parametrize(
    ("use", "severity"), [(USE, Severity.HIGH), (SILENT, Severity.MEDIUM), (UNSURE, Severity.MEDIUM)]
)
def test_a_missing_policy_is_graver_where_mail_is_sent(only, use, severity):
    """A silent domain needs one record, which the finding has."""
    verdict = only(dmarc_missing, NO_DMARC, forged(NO_DMARC), use, ZONE)
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)
    assert details(verdict)["silent"] == ('_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; p=reject;"',)


def test_one_cause_is_told_once(only):
    """A domain without a policy fails one check that asks for work, and the summary."""
    words = forged(NO_DMARC)
    told = [
        only(dmarc_missing, NO_DMARC, words, USE, ZONE), only(dmarc_broken, NO_DMARC, USE),
        only(dmarc_not_enforced, NO_DMARC, words, USE), only(dmarc_subdomains, NO_DMARC, words),
        only(dmarc_reports, NO_DMARC, USE),
    ]  # fmt: skip
    assert [verdict.outcome for verdict in told] == [FAIL, NOTHING, NOTHING, NOTHING, NOTHING]
    assert forgeable.info.severity is Severity.INFO
    assert only(forgeable, words, ZONE).outcome is FAIL


def test_a_broken_record_is_not_called_missing(only):
    """Somebody has tried, so the record is to be repaired."""
    twice = replace(NO_DMARC, texts=("v=DMARC1; p=reject", "v=DMARC1; p=none"), broken="2 records stand there")
    assert only(dmarc_missing, twice, forged(twice), USE, ZONE).outcome is NOTHING
    verdict = only(dmarc_broken, twice, USE)
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.HIGH)
    assert "p=none" in "".join(details(verdict)["better"])


def test_a_record_where_nobody_looks_is_broken(only):
    """At the domain itself, as forms make it."""
    astray = replace(NO_DMARC, elsewhere=("bakery.example: v=DMARC1; p=reject; rua=mailto:d@bakery.example",))
    verdict = only(dmarc_broken, astray, USE)
    assert verdict.severity is Severity.HIGH
    assert details(verdict)["better"] == (
        '_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:d@bakery.example"',
    )


def test_what_receivers_overlook_is_low(only):
    """An unknown tag harms nobody."""
    assert only(dmarc_broken, dmarc(problems=("there is no tag pet",)), USE).severity is Severity.LOW


def test_a_domain_that_is_gone_is_not_told_to_publish(only):
    """That is told by another check, once."""
    gone = replace(ZONE, exists=False)
    assert only(dmarc_missing, NO_DMARC, forged(NO_DMARC), SILENT, gone).outcome is NOTHING
    assert only(forgeable, forged(NO_DMARC), gone).outcome is NOTHING


def test_what_could_not_be_looked_up_is_not_called_missing(only):
    """A domain above that does not answer may have the policy; SPF without an answer leaves the fate open."""
    words = forged(STOPPED)
    for verdict in (
        only(dmarc_missing, STOPPED, words, USE, ZONE), only(dmarc_not_enforced, STOPPED, words, USE),
        only(forgeable, words, ZONE), only(forgeable, forged(GOOD, UNKNOWN), ZONE),
        only(dmarc_subdomains, dmarc(subdomains="", nonexistent="", unknown="no answer"), words),
        only(dmarc_reports, dmarc(aggregate=(ReportAddress("mailto:d@x.example", external=True),)), USE),
    ):  # fmt: skip
        assert verdict.outcome is UNSEEN, verdict


@pytest.mark.parametrize(
    ("text", "next_text"),
    [
        ("p=none; rua=mailto:d@x.example", "v=DMARC1; p=quarantine; rua=mailto:d@x.example"),
        ("p=none", "v=DMARC1; p=none; rua=mailto:dmarc-reports@bakery.example"),
        ("p=reject; t=y; rua=mailto:d@x.example", "v=DMARC1; p=reject; rua=mailto:d@x.example"),
        ("p=quarantine; pct=5; rua=mailto:d@x.example", "v=DMARC1; p=quarantine; rua=mailto:d@x.example"),
        ("p=none; adkim=s; ri=9; rua=mailto:d@x.example", "v=DMARC1; p=quarantine; adkim=s; rua=mailto:d@x.example"),
    ],
)
def test_the_next_record_is_derived_from_the_present_one(only, text, next_text):
    """One step at a time, reports before all, and what else stands there stays."""
    policy = dmarc(text, aggregate=(ReportAddress("mailto:d@x.example"),) if "rua" in text else ())
    verdict = only(dmarc_not_enforced, policy, forged(policy), USE)
    assert (verdict.outcome, verdict.severity) == (FAIL, None)
    shown = "".join(line.strip().strip('"') for line in details(verdict)["following"])
    assert next_text in shown


def test_a_silent_domain_goes_straight_to_reject(only):
    """There is no mail that could be lost."""
    policy = dmarc("p=none")
    found = details(only(dmarc_not_enforced, policy, forged(policy), SILENT))
    assert found["following"] == ('_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; p=reject"',)
    assert found["later"] == ()


def test_an_inherited_policy_becomes_a_record_of_the_domains_own(only):
    """What the parent says of its subdomains does not belong into it."""
    policy = dmarc("p=reject; sp=none; rua=mailto:d@x.example", policy="none", found_at="example", texts=())
    found = details(only(dmarc_not_enforced, policy, forged(policy), USE))
    assert "sp=" not in "".join((*found["following"], *found["later"]))


def test_words_of_the_finding_say_what_becomes_of_forged_mail(only):
    """The path that a message takes is evidence."""
    policy = dmarc("p=none")
    verdict = only(dmarc_not_enforced, policy, forged(policy, NO_SPF), USE)
    assert "mail forged as bakery.example is delivered" in verdict.summary
    assert any("So receivers deliver it." in one.observed for one in verdict.evidence)


def test_weaker_subdomains_are_told(only):
    """By sp, by np, and by the record of the domain above, which needs another remedy."""
    for policy, tags in ((dmarc("p=reject; sp=none"), "p=reject"), (dmarc("p=reject; np=none"), "p=reject")):
        verdict = only(dmarc_subdomains, policy, forged(policy))
        assert verdict.outcome is FAIL
        assert details(verdict)["better"] == (f'_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; {tags}"',)
    between = dmarc("p=reject", subdomains="none", nonexistent="none", organizational="example")
    found = details(only(dmarc_subdomains, between, forged(between)))
    assert found["organizational"] == "example"
    assert "psd=n" in "".join(found["better"])


def test_reports_that_reach_nobody_are_low_and_repaired(only):
    """No address, one without mailto:, one of a stranger that does not agree."""
    bare = ReportAddress("d@bakery.example", error="mailto: is missing in front of it")
    stranger = ReportAddress("mailto:d@reports.example", external=True, agreed=False)
    none = only(dmarc_reports, dmarc("p=reject"), USE)
    mended = only(dmarc_reports, dmarc("p=reject", aggregate=(bare,)), USE)
    refused = only(dmarc_reports, dmarc("p=reject", aggregate=(OWN, stranger)), USE)
    assert [verdict.outcome for verdict in (none, mended, refused)] == [FAIL, FAIL, FAIL]
    assert dmarc_reports.info.severity is Severity.LOW
    assert details(mended)["better"] == (
        '_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:d@bakery.example"',
    )
    assert details(refused)["permits"] == ('bakery.example._report._dmarc.reports.example. 3600 IN TXT "v=DMARC1"',)


def test_a_silent_domain_needs_no_reports(only):
    """Nothing of its own could be missed."""
    assert only(dmarc_reports, dmarc("p=reject"), SILENT).outcome is NOTHING


def test_a_policy_that_spf_undoes_is_no_protection(only):
    """Where anybody passes SPF, p=reject refuses nothing."""
    words = forged(GOOD, spf(stranger=SpfResult.PASS))
    verdict = only(forgeable, words, ZONE)
    assert verdict.outcome is FAIL
    assert "DMARC passes with it, whatever its policy" in verdict.evidence[0].observed


@pytest.mark.parametrize(
    ("texts", "better"),
    [
        (("v=DMARC1; p=rejct",), "v=DMARC1; p=reject; rua=mailto:r@x.example"),
        (("v=dmarc1, p=none",), "v=DMARC1; p=none; rua=mailto:r@x.example"),
        (("p=quarantine; v=DMARC1; rua=d@a.example",), "v=DMARC1; p=quarantine; rua=mailto:d@a.example"),
        (("v=DMARC1; p=reject; p=none",), "v=DMARC1; p=none; rua=mailto:r@x.example"),
        (("v=DMARC1; p=reject; adkim=strict; aspf=s",), "v=DMARC1; p=reject; aspf=s; rua=mailto:r@x.example"),
        (("v=DMARC1; p=none; x=`; rua=mailto:$(id)@a.example",), "v=DMARC1; p=none; rua=mailto:r@x.example"),
        ((), "v=DMARC1; p=none; rua=mailto:r@x.example"),
    ],
)
def test_a_broken_record_is_repaired_to_what_it_means(texts, better):
    """The weakest policy in it where that is not clear; what is no value of a tag falls away."""
    assert repaired(texts, "mailto:r@x.example") == better
