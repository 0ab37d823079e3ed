"""Page one is one page, however long names and titles are."""

from dataclasses import replace

import pytest
from factories_report import TEXTS, make_view, many_findings, typical_findings

from posture.model.verdict import Outcome
from posture.report.compose import compose
from posture.report.pdf import PdfRenderer

LONG = "ip-198-51-100-17.eu-central-1.compute.internal.example"


REASONS = (
    "The SSH login as auditor was refused: add the auditor's public key to ~auditor/.ssh/authorized_keys.",
    "nmap is not installed where the audit runs: install the package nmap.",
    "The package index of Debian 12 is older than three days: run posture feeds update.",
)


def with_gaps(view):
    """Three checks that could not be assessed, for three reasons."""
    reasons = iter(REASONS)
    rows = [
        replace(row, outcome=Outcome.NOT_ASSESSED, reason=reason)
        if row.outcome is Outcome.PASS and (reason := next(reasons, ""))
        else row
        for row in view.assessments
    ]
    return replace(view, assessments=tuple(rows))


def long_names():
    return [replace(finding, resource=f"{finding.resource[:4]}-{LONG}") for finding in typical_findings()]


FINDINGS = {"typical": typical_findings(), "long": long_names(), "many": many_findings(200), "clean": ()}


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("gaps", [False, True], ids=["all seen", "gaps"])
@pytest.mark.parametrize("name", FINDINGS)
def test_who_turns_no_page_has_read_the_scope_too(name, gaps, code, pdf_text):
    """The change, the gaps and the scope are on the page that everybody reads, and nothing of it on the next."""
    view = with_gaps(make_view(FINDINGS[name])) if gaps else make_view(FINDINGS[name])
    report = compose(replace(view, customer=replace(view.customer, language=code)), TEXTS)
    assert len(report.gaps) == 3 * gaps
    pdf = PdfRenderer().render(report)
    assert {"en": "Scope and authority.", "de": "Umfang und Erlaubnis."}[code] in pdf_text(pdf, "-l", "1")
    section = {
        "en": ("What to do, in detail", "What could not be assessed, and how"),
        "de": ("Was zu tun ist, im Einzelnen", "Was nicht geprüft werden konnte"),
    }
    assert section[code][not report.tasks] in pdf_text(pdf, "-f", "2", "-l", "2")
