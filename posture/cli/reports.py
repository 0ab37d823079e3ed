"""From a view to files: compose once, render each format, write each file whole or not at all."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pebble import ProcessExpired

from posture.cli.errors import Broken, Failure
from posture.cli.output import note
from posture.cli.plugins import loaded
from posture.cli.sealing import UNSIGNED, seal
from posture.cli.whole_file import write_whole
from posture.execute.press import press
from posture.model.text import visible, visible_lines
from posture.model.view import CustomerView
from posture.report.compose import compose
from posture.report.language import language
from posture.report.model import Report
from posture.report.remediation import pick
from posture.report.renderers import FORMATS, USUAL, renderer, suffix
from posture.signatures.signing import SigningKey
from posture.store.errors import StoreError

_LOG = logging.getLogger(__name__)
_FORESEEN = (RuntimeError, MemoryError, ImportError, OSError, ProcessExpired)  # of printing
_FRAMES = 10  # of the stack, the innermost

__all__ = ["FORMATS", "USUAL", "printed", "report_of", "write_all"]


def report_of(view: CustomerView) -> Report:
    """The report of one customer, in its language where reports are written in it, never in two at once."""
    code = language(view.customer.language).code
    texts = {plugin.check.id: pick(plugin.texts, code) for plugin in loaded().plugins}
    return compose(view, texts)


def write_all(
    reports: Iterable[Report], formats: Sequence[str], out: Path, key: SigningKey | None = None
) -> tuple[list[Path], Failure | None]:
    """Write ``out/CUSTOMER.SUFFIX`` for each report and format; reports are taken as they can be printed.

    An audit of some checks or resources goes into ``CUSTOMER.partial.SUFFIX``: the customer's report stays what it is.
    A file that cannot be made keeps no other back. The manifest names those of this run, signed where there is a key.

    Returns:
        The files written, and the first failure.
    """
    files: list[Path] = []
    failed: Failure | None = None
    for _, written, error in written_one_by_one(reports, formats, out, key):
        files += written
        failed = failed or error
    if files and key is None:
        note(UNSIGNED)
    return files, failed


def written_one_by_one(
    reports: Iterable[Report], formats: Sequence[str], out: Path, key: SigningKey | None
) -> Iterator[tuple[Report, list[Path], Failure | None]]:
    """As `write_all`, report by report: what was written of it, and the first failure."""
    for report, contents in printed(reports, formats):
        part = "" if report.view.run.whole else ".partial"
        written: dict[Path, bytes] = {}
        failed: Failure | None = None
        sealed: list[Path] = []
        for kind, content in contents.items():
            try:
                if isinstance(content, Failure):
                    raise content
                path = write_whole(out / f"{report.view.customer.id}{part}.{suffix(kind)}", content)
                written[path] = content
            except Failure as error:
                failed = failed or error
        try:
            sealed = seal(report, written, key) if written else []
        except Exception as error:  # noqa: BLE001  a defect met in one report must not end all others
            failed = failed or defect(error, report.view.customer.id)
        yield report, [*written, *sealed], failed


def printed(
    reports: Iterable[Report], formats: Sequence[str]
) -> Iterator[tuple[Report, Mapping[str, bytes | Failure]]]:
    """Each report with its files' contents by format, or why there is none.

    PDFs are made in processes of their own, under limits; one that is too much is said to be the short form.
    """
    kinds = list(dict.fromkeys(formats))
    if "pdf" not in kinds:
        yield from ((report, {kind: _rendered(report, kind) for kind in kinds}) for report in reports)
        return
    for pressed in press(reports, len(os.sched_getaffinity(0))):
        report = pressed.report
        if pressed.shortened:
            name = report.view.customer.id
            note(f"warning: {name}: the PDF is its short form: {pressed.shortened}. CSV and JSON hold everything.")
        paper = pressed.pdf if pressed.error is None else _no_paper(pressed.error, report.view.customer.id)
        yield report, {kind: paper if kind == "pdf" else _rendered(report, kind) for kind in kinds}


def _rendered(report: Report, kind: str) -> bytes | Failure:
    try:
        return renderer(kind).render(report)
    except Exception as error:  # noqa: BLE001  a defect met in one report must not end all others
        return defect(error, report.view.customer.id)


def defect(error: Exception, customer: str) -> Failure:
    """Why a customer has no report, as what the command says. What was not foreseen goes to the log with its place."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, StoreError):
        return Broken(str(error))
    where = "".join(traceback.format_tb(error.__traceback__, -_FRAMES))
    said = f"{type(error).__name__}: {error}"
    _LOG.error("%s: its report failed\n%s\n%s", customer, "\n".join(visible_lines(where)), visible(said))
    name = type(error).__name__
    return Broken(f"the report could not be written, a defect of this program ({name}): the log says more")


def _no_paper(error: Exception, customer: str) -> Failure:
    """Why there is no PDF: no fonts, no Pango, not even the short form within the limits, or a defect."""
    if not isinstance(error, _FORESEEN):
        return defect(error, customer)
    step = "posture doctor says what is missing; or choose --format html"
    if isinstance(error, OSError):  # what WeasyPrint raises when it cannot load Pango
        step = "apt-get install libpango-1.0-0 libpangoft2-1.0-0, or choose --format html"
    return Broken(f"no PDF can be made on this machine: {error or type(error).__name__}", step)
