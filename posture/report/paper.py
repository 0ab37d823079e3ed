"""HTML on paper: tagged (built to PDF/UA-1), nothing fetched, the same bytes for the same content."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from typing import Any, Final

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from posture.report import fonts

_OPTIONS: Final = {"pdf_variant": "pdf/ua-1", "custom_metadata": False}


class Refused(ValueError):
    """A report asked for something outside itself."""


class _Deny(URLFetcher):  # type: ignore[misc]  # weasyprint ships no types
    """Fetches nothing: no address, no file, no data."""

    def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - the base class names them
        raise Refused(f"a report holds all that it shows; it does not fetch {url[:80]!r}")


def laid_out(html: str) -> weasyprint.Document:
    """The pages.

    Raises:
        NoFonts: there is no font on this machine.
    """
    fonts.prepare()
    source = weasyprint.HTML(string=html, url_fetcher=_Deny())
    return source.render(font_config=_font_configuration(), **_OPTIONS)


def written(document: weasyprint.Document, html: str, name: str, attached: bytes, moment: datetime) -> bytes:
    """The file, with its machine-readable twin attached; its identifier is made of its content.

    Args:
        document: the pages.
        html: what they were laid out from.
        name: of the attached file.
        attached: the file.
        moment: when what it says was found out; no other time is in the file.
    """
    attachment = weasyprint.Attachment(
        string=attached,
        name=name,
        description="All findings and results, machine-readable",
        created=moment,
        modified=moment,
        relationship="Data",
        url_fetcher=_Deny(),
    )
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    return bytes(document.write_pdf(attachments=[attachment], pdf_identifier=identifier, **_OPTIONS))


@cache
def _font_configuration() -> FontConfiguration:
    """One for all reports of a process: with a new one each, memory grows by a megabyte every other report."""
    return FontConfiguration()
