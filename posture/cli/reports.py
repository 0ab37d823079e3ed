"""From a view to files: compose once, render each format, write each file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from posture.cli.errors import Broken
from posture.cli.plugins import loaded
from posture.model.view import CustomerView
from posture.report.compose import compose
from posture.report.fonts import NoFonts
from posture.report.model import Report
from posture.report.remediation import pick
from posture.report.renderers import FORMATS, renderer

__all__ = ["FORMATS", "rendered", "report_of", "write_reports"]


def report_of(view: CustomerView) -> Report:
    """The report of one customer, with the remediation texts in its language."""
    texts = {plugin.check.id: pick(plugin.texts, view.customer.language) for plugin in loaded().plugins}
    return compose(view, texts)


def write_reports(report: Report, formats: Sequence[str], out: Path) -> list[Path]:
    """Write ``out/CUSTOMER.FORMAT`` for each format; one that this machine cannot make does not keep the others back.

    Raises:
        Broken: a file cannot be written, or a format cannot be made here; the other files are written by then.
    """
    name, files, failed = report.view.customer.id, [], []
    for kind in dict.fromkeys(formats):
        try:
            files.append(write_whole(out / f"{name}.{kind}", rendered(report, kind)))
        except Broken as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return files


def rendered(report: Report, kind: str) -> bytes:
    """A report in one format.

    Raises:
        Broken: Pango or every font is missing.
    """
    try:
        return renderer(kind).render(report)
    except (NoFonts, ImportError) as error:
        raise Broken(
            f"no {kind} can be made on this machine: {error}", "posture doctor says what is missing"
        ) from error
    except OSError as error:  # what WeasyPrint raises when it cannot load Pango
        step = "apt-get install libpango-1.0-0 libpangoft2-1.0-0, or choose --format html"
        raise Broken(f"no {kind} can be made on this machine: {error}", step) from error


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file under its name only once it is complete; readable by its owner and group.

    Raises:
        Broken: it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o640)
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        Path(file.name).unlink(missing_ok=True)
        raise Broken(f"{path} cannot be written: {error.strerror}", "make room, or name another place") from error
    return path
