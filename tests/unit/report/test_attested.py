"""What a customer says of himself stands in the report as said, and changes no result."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from posture.model.attestation import Attestation, Topic
from posture.model.resource import Resource, ResourceKind
from posture.report.html import HtmlRenderer
from posture.report.json_ import JsonRenderer

SAID = Attestation(Topic.CONSENT, "Double <opt-in>", "Jane Doe", date(2026, 11, 2))
LONG_AGO = replace(SAID, topic=Topic.SUPPRESSION_LIST, at=date(2025, 1, 2))


def of(made, report_of, *attestations, domain=True):
    view = made.make_view()
    resources = [one for one in view.customer.resources if one.kind is not ResourceKind.DOMAIN]
    resources += [Resource(ResourceKind.DOMAIN, "bakery.example")] if domain else []
    customer = replace(view.customer, resources=tuple(resources), attestations=attestations)
    return report_of(replace(view, customer=customer))


def test_a_statement_is_told_with_its_person_and_day(made, report_of):
    """As said, escaped, with who and when; one that is old says so."""
    page = HtmlRenderer().render(of(made, report_of, SAID, LONG_AGO)).decode()
    assert "Double &lt;opt-in&gt;" in page
    assert "Jane Doe, 2 November 2026" in page
    assert page.count("more than a year ago") == 1


def test_who_has_a_domain_and_says_nothing_is_asked(made, report_of):
    """Silence about consent and suppression lists is told; without a domain nobody is asked."""
    page = HtmlRenderer().render(of(made, report_of)).decode()
    assert page.count("Nobody has attested it") == 2
    assert "Attested by you" not in HtmlRenderer().render(of(made, report_of, domain=False)).decode()


def test_no_result_changes_with_what_is_said(made, report_of):
    """An attestation is no pass: counts, clauses and findings are the same with and without."""
    silent, said = of(made, report_of), of(made, report_of, SAID, LONG_AGO)
    assert (silent.counts, silent.clauses, silent.headline) == (said.counts, said.clauses, said.headline)


def test_programs_read_it_too(made, report_of):
    """The JSON file has every topic, nulls where nothing was said."""
    rows = json.loads(JsonRenderer().render(of(made, report_of, SAID)))["attestations"]
    assert [(row["topic"], row["attested_by"], row["at"]) for row in rows] == [
        ("consent", "Jane Doe", "2026-11-02"), ("suppression-list", None, None),
    ]  # fmt: skip
