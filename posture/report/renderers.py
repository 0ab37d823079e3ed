"""One renderer a format, loaded when it is asked for: WeasyPrint alone takes longer to import than all the rest."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Protocol, cast

from posture.report.model import Report

_RENDERERS = {
    "pdf": "posture.report.pdf:PdfRenderer",
    "html": "posture.report.html:HtmlRenderer",
    "json": "posture.report.json_:JsonRenderer",
    "csv": "posture.report.csv_:CsvRenderer",
    "ocsf": "posture.report.ocsf:OcsfRenderer",
    "defectdojo": "posture.report.defectdojo:DefectDojoRenderer",
    "junit": "posture.report.junit_findings:JunitRenderer",
    "sarif": "posture.report.sarif:SarifRenderer",
    "vex": "posture.report.vex:VexRenderer",
}
FORMATS = tuple(_RENDERERS)
USUAL = ("pdf", "html", "json", "csv")
"""What an audit writes when nothing is asked for; the others serve one program each."""

_SUFFIXES = {"ocsf": "ocsf.jsonl", "defectdojo": "defectdojo.json", "junit": "junit.xml", "vex": "cdx.json"}


class Renderer(Protocol):
    """From a report to a file's content; the same report gives the same bytes."""

    @property
    def format(self) -> str:
        """The format's name."""

    def render(self, report: Report) -> bytes:
        """The whole file."""


def renderer(name: str) -> Renderer:
    """The renderer of a format.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in _RENDERERS:
        raise ValueError(f"no report format is called {name!r}; use one of {', '.join(FORMATS)}")
    module, _, kind = _RENDERERS[name].partition(":")
    return cast("Renderer", getattr(import_module(module), kind)())


def suffix(name: str) -> str:
    """How a file of the format ends: as the programs that read it want it."""
    return _SUFFIXES.get(name, name)


def render_all(report: Report, formats: Iterable[str]) -> dict[str, bytes]:
    """The files of a report by format, each format once, in the order asked for."""
    return {name: renderer(name).render(report) for name in dict.fromkeys(formats)}
