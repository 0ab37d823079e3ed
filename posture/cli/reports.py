"""From a view to files: compose once, render each format, write each file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from posture.cli.errors import Broken, Failure, Usage
from posture.cli.plugins import loaded
from posture.model.customer import REPORT_LANGUAGES
from posture.model.view import CustomerView
from posture.report.compose import compose
from posture.report.fonts import NoFonts
from posture.report.model import Report
from posture.report.remediation import pick
from posture.report.renderers import FORMATS, renderer

__all__ = ["FORMATS", "rendered", "report_of", "write_all"]


def report_of(view: CustomerView) -> Report:
    """The report of one customer, in its language where reports are written in it, never in two at once."""
    language = view.customer.language if view.customer.language in REPORT_LANGUAGES else "en"
    texts = {plugin.check.id: pick(plugin.texts, language) for plugin in loaded().plugins}
    return compose(view, texts)


def write_all(reports: Sequence[Report], formats: Sequence[str], out: Path) -> tuple[list[Path], Failure | None]:
    """Write ``out/CUSTOMER.FORMAT`` for each report and format.

    An audit of some checks or resources goes into ``CUSTOMER.partial.FORMAT``: the customer's report stays what it is.
    A file that cannot be made keeps no other back.

    Returns:
        The files written, and the first failure.
    """
    files: list[Path] = []
    failed: Failure | None = None
    for report in reports:
        part = "" if report.view.run.whole else ".partial"
        for kind in dict.fromkeys(formats):
            try:
                files.append(write_whole(out / f"{report.view.customer.id}{part}.{kind}", rendered(report, kind)))
            except Failure as error:
                failed = failed or error
    return files, failed


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
        Broken: there is no room for it.
        Usage: it cannot be written there.
    """
    temporary = Path()
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o640)
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary.name:
            temporary.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Broken(f"{path} cannot be written: {error.strerror}", "make room, then: posture report") from error
        raise Usage(f"{path} cannot be written: {error.strerror}", "name another place with --out") from error
    return path
