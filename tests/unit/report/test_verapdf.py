"""Reports held by veraPDF: PDF/A-3u, PDF/A-3a and PDF/UA-1."""

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from factories_report import TEXTS, make_view, many_findings

from posture.report.compose import compose
from posture.report.pdf import PdfRenderer, ShortPdfRenderer

ROOT = Path(__file__).parents[3]
JARS = ROOT / ".venv/verapdf"
FLAVOURS = "3u,3a,ua1"

pytestmark = pytest.mark.skipif(
    not JARS.is_dir() or not shutil.which("java"), reason="veraPDF is not here: make setup-test fetches it with Maven"
)


def broken(folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    """What of the standards each file breaks, by file and flavour."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    command = ["java", "-cp", f"{JARS}/*", ROOT / ".ci/verapdf/Validate.java", FLAVOURS, *(folder / n for n in files)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    lines = [line.split("\t") for line in said.splitlines() if line.count("\t") == 2]
    assert len(lines) == len(files) * 3
    return {f"{Path(file).name} {flavour}": said for file, flavour, said in lines if said != "compliant"}


def test_reports_keep_the_standards_they_name(tmp_path: Path):
    """An archive takes the file and a screen reader reads it, whatever its customer's servers said."""
    said = "\u202eשלום 株式会社 <b>\x1b[31m " + "x" * 900  # noqa: RUF001 - a name from right to left
    hostile = make_view([replace(finding, summary=said, subject=said) for finding in many_findings(3)])
    files = {
        "typical.pdf": PdfRenderer().render(compose(make_view(many_findings(40)), TEXTS)),
        "clean.pdf": PdfRenderer().render(compose(make_view([]), TEXTS)),
        "short.pdf": ShortPdfRenderer().render(compose(make_view(many_findings(5)), TEXTS)),
        "hostile.pdf": PdfRenderer().render(compose(hostile, TEXTS)),
    }
    assert broken(tmp_path, files) == {}


def test_the_validator_sees_what_is_wrong(tmp_path: Path):
    """A validator that finds everything compliant would pass the test above."""
    whole = io.BytesIO(PdfRenderer().render(compose(make_view([]), TEXTS)))
    wrong = io.BytesIO()
    with pikepdf.open(whole) as file:
        del file.Root.Lang
        file.save(wrong)
    assert "wrong.pdf ua1" in broken(tmp_path, {"wrong.pdf": wrong.getvalue()})
