"""Invented customers' views and the reports of them."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from posture.report.compose import compose
from posture.report.model import Report
from posture.report.pdf import PdfRenderer


def _load() -> ModuleType:
    """The factories, by their path: the tests are no package."""
    if found := sys.modules.get("factories_report"):
        return found
    spec = importlib.util.spec_from_file_location("factories_report", Path(__file__).parents[2] / "factories_report.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["factories_report"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The factories: make_view, make_finding, make_assessment, make_customer, many_findings, ..."""
    return _load()


@pytest.fixture(scope="session")
def report_of(made) -> Callable[..., Report]:
    """A view's report, with the texts of the invented checks."""
    return lambda view: compose(view, made.TEXTS)


@pytest.fixture(scope="session")
def typical(made, report_of) -> Report:
    """Fourteen findings over three hosts, three gaps, a domain nobody looks at."""
    return report_of(typical_view(made))


def typical_view(made):
    """The typical customer; three checks that could not be assessed, for three reasons."""
    view = made.make_view(made.typical_findings())
    reasons = iter(
        (
            "The SSH login as auditor was refused: add the auditor's public key to ~auditor/.ssh/authorized_keys.",
            "nmap is not installed where the audit runs: install the package nmap.",
            "The package index of Debian 12 is older than three days: run posture feeds update.",
        )
    )
    rows = [
        made.make_assessment(a.check.id, a.resource, made.Outcome.NOT_ASSESSED, reason)
        if a.outcome is made.Outcome.PASS and (reason := next(reasons, ""))
        else a
        for a in view.assessments
    ]
    return made.make_view(view.findings, assessments=tuple(rows))


@pytest.fixture(scope="session")
def typical_pdf(typical) -> bytes:
    """The typical customer's PDF, made once."""
    return PdfRenderer().render(typical)


@pytest.fixture
def pdf_text(tmp_path) -> Callable[..., str]:
    """The text of a PDF as a reader copies it, of some pages."""

    def read(pdf: bytes, *options: str) -> str:
        file = tmp_path / "report.pdf"
        file.write_bytes(pdf)
        done = subprocess.run(["pdftotext", *options, str(file), "-"], capture_output=True, check=True, timeout=60)
        return done.stdout.decode()

    return read


@pytest.fixture(scope="session")
def squeezed() -> Callable[[str], str]:
    """A text with every run of blanks and line breaks as one blank."""
    return lambda text: re.sub(r"\s+", " ", text).strip()
