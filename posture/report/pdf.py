"""The report as PDF: tagged (built to PDF/UA-1), findings attached, nothing fetched, the same bytes each time."""

from __future__ import annotations

import hashlib

from posture.report.html import page
from posture.report.json_ import JsonRenderer
from posture.report.model import Report
from posture.report.paper import laid_out, written


class PdfRenderer:
    """The printed report; ``findings.json`` is attached."""

    format = "pdf"

    def render(self, report: Report) -> bytes:
        """The file. Dates in it are those of the run, its identifier is made of its content.

        Raises:
            NoFonts: there is no font on this machine.
        """
        return _printed(report, short=False)


class ShortPdfRenderer:
    """Page one alone, and where the rest is: for a report that is too much for this machine."""

    format = "pdf"

    def render(self, report: Report) -> bytes:
        """The file, made as the whole one is.

        Raises:
            NoFonts: there is no font on this machine.
        """
        return _printed(report, short=True)


def _printed(report: Report, *, short: bool) -> bytes:
    findings = JsonRenderer().render(report)
    html = page(report, paper=True, digest=hashlib.sha256(findings).hexdigest(), short=short)
    return written(
        laid_out(html, report.provider.logo), html, "findings.json", findings, report.ended or report.started
    )
