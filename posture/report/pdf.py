"""The report as PDF: tagged (built to PDF/UA-1), findings attached, nothing fetched, the same bytes each time."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from posture.report import fonts
from posture.report.html import page
from posture.report.json_ import JsonRenderer
from posture.report.model import Report


class Refused(ValueError):
    """A report asked for something outside itself."""


class _Deny(URLFetcher):  # type: ignore[misc]  # weasyprint ships no types
    """Fetches nothing: no address, no file, no data."""

    def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - the base class names them
        raise Refused(f"a report holds all that it shows; it does not fetch {url[:80]!r}")


class PdfRenderer:
    """The printed report; ``findings.json`` is attached."""

    format = "pdf"

    def render(self, report: Report) -> bytes:
        """The file. Dates in it are those of the run, its identifier is made of its content.

        Raises:
            NoFonts: there is no font on this machine.
        """
        fonts.prepare()
        findings = JsonRenderer().render(report)
        html = page(report, paper=True, digest=hashlib.sha256(findings).hexdigest())
        identifier = hashlib.sha256(html.encode()).digest()[:16]
        moment = report.ended or report.started
        attachment = weasyprint.Attachment(
            string=findings,
            name="findings.json",
            description="All findings and results, machine-readable",
            created=moment,
            modified=moment,
            relationship="Data",
            url_fetcher=_Deny(),
        )
        options = {"pdf_variant": "pdf/ua-1", "custom_metadata": False}
        source = weasyprint.HTML(string=html, url_fetcher=_Deny())
        document = source.render(font_config=_font_configuration(), **options)
        written = document.write_pdf(attachments=[attachment], pdf_identifier=identifier, **options)
        return bytes(written)


@cache
def _font_configuration() -> FontConfiguration:
    """One for all reports of a process: with a new one each, memory grows by a megabyte every other report."""
    return FontConfiguration()
