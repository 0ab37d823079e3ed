"""HTML on paper: built to PDF/UA-1 and PDF/A-3a, nothing fetched, the same bytes for the same content.

PDF/A-3a is PDF/A-3u with the tags that PDF/UA-1 wants anyway (ISO 19005-3, 5.4; ISO 14289-1).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from typing import Any, Final

import weasyprint
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from posture.report import fonts

_OPTIONS: Final = {"pdf_variant": "pdf/a-3a", "custom_metadata": False}
_ALSO_UA: Final = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description></rdf:li></rdf:Seq>
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


class Refused(ValueError):
    """A report asked for something outside itself."""


class _Archival(DocumentMetadata):  # type: ignore[misc]  # weasyprint ships no types
    """Metadata that name PDF/UA beside PDF/A; a word of another standard has to be described (ISO 19005-3, 6.6.2.3)."""

    def generate_rdf_metadata(self, variant: str, version: int, conformance: str | None) -> bytes:
        plain: bytes = super().generate_rdf_metadata(variant, version, conformance)
        return plain.removesuffix(b"</rdf:RDF>") + _ALSO_UA


class _Deny(URLFetcher):  # type: ignore[misc]  # weasyprint ships no types
    """Fetches nothing: no address, no file, and no data but the one picture that is ours."""

    def __init__(self, picture: str = "") -> None:
        super().__init__()
        self.picture = picture

    def fetch(self, url: str, headers: Any = None) -> Any:
        if self.picture and url == self.picture:
            return super().fetch(url, headers)
        raise Refused(f"a report holds all that it shows; it does not fetch {url[:80]!r}")


def laid_out(html: str, picture: str = "") -> weasyprint.Document:
    """The pages.

    Args:
        html: what they show.
        picture: the address of the one picture that may be in it, as data (RFC 2397).

    Raises:
        NoFonts: there is no font on this machine.
    """
    fonts.prepare()
    source = weasyprint.HTML(string=fonts.drawable(html), url_fetcher=_Deny(picture))
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
    document.metadata = _Archival(**vars(document.metadata))
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    return bytes(document.write_pdf(attachments=[attachment], pdf_identifier=identifier, **_OPTIONS))


@cache
def _font_configuration() -> FontConfiguration:
    """One for all reports of a process: with a new one each, memory grows by a megabyte every other report."""
    return FontConfiguration()
