"""Page one is one page, however long names and titles are."""

import io
from dataclasses import replace

import pikepdf
import pytest
from factories_report import TEXTS, make_view, many_findings, typical_findings

from posture.report.compose import compose
from posture.report.pdf import PdfRenderer

LONG = "ip-198-51-100-17.eu-central-1.compute.internal.example"


def long_names():
    return [replace(finding, resource=f"{finding.resource[:4]}-{LONG}") for finding in typical_findings()]


FINDINGS = {"typical": typical_findings(), "long": long_names(), "many": many_findings(200), "clean": ()}


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("name", FINDINGS)
def test_who_turns_no_page_has_read_the_scope_too(name, code, pdf_text):
    """The change, the gaps and the scope are on the page that everybody reads."""
    view = make_view(FINDINGS[name])
    report = compose(replace(view, customer=replace(view.customer, language=code)), TEXTS)
    pdf = PdfRenderer().render(report)
    text = pdf_text(pdf, "-l", "1")
    assert {"en": "Scope and authority.", "de": "Umfang und Erlaubnis."}[code] in text
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert len(file.pages) > 1
