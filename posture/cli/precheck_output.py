"""The verdict for the person in front, and the files of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from posture.cli.errors import Broken, Failure, Usage
from posture.cli.output import say
from posture.cli.whole_file import write_whole
from posture.report.fonts import NoFonts
from posture.report.junit import junit
from posture.report.language import language
from posture.report.precheck import PrecheckReport
from posture.report.precheck_json import precheck_json

SUFFIXES = {"pdf": "pdf", "json": "json", "junit": "xml"}
FORMATS = tuple(SUFFIXES)
SHOWN = 8  # of each list
_WORDS = language("en")


def print_verdict(report: PrecheckReport, files: Sequence[Path]) -> None:
    """Print what it came to, what blocks, how to mend it and when to come back."""
    for line in _lines(report):
        say(line)
    for n, file in enumerate(files):
        say(f"{'Report:' if n == 0 else '':9} {file}")


def _lines(report: PrecheckReport) -> Iterator[str]:
    yield f"{report.prospect}: {report.verdict.value.upper()}"
    yield f"  {report.headline}"
    looked = report.looked_at
    of_all = (
        _WORDS.number(len(looked.addresses), "address", "addresses"),
        _WORDS.number(len(looked.domains), "domain"),
    )
    yield f"  Looked at: {_WORDS.listed(of_all)}; {looked.tcp_ports:,} TCP and {looked.udp_ports} UDP ports"
    yield f"  {_WORDS.when(report.made_at)}, {report.tool}, authorization {report.authorization}"
    yield from _blocks(report)
    yield from _open(report)
    if report.warnings or report.informs:
        yield ""
        yield f"Besides: {_WORDS.number(report.warnings, 'warning')}, {report.informs} for information"
        for remark in report.top_warnings:
            yield f"  - {remark.action} ({remark.severity}): {remark.where}"
    yield ""
    yield report.come_back


def _blocks(report: PrecheckReport) -> Iterator[str]:
    if not report.blocks:
        return
    yield ""
    yield "What blocks:"
    for place, block in enumerate(report.blocks[:SHOWN], start=1):
        effort = f", {_WORDS.brief(block.minutes)}" if block.minutes else ""
        yield f"  {place}. {block.action} ({block.severity}{effort}): {_WORDS.listed(block.where, block.where_left)}"
        yield f"     {block.why}"
        yield f"     How: posture explain {block.check}"
    left = len(report.blocks) - SHOWN + report.blocks_left
    if left > 0:
        yield f"  ... and {left} more, in the report"


def _open(report: PrecheckReport) -> Iterator[str]:
    if not report.open:
        return
    yield ""
    yield "Not decided:"
    for question in report.open[:SHOWN]:
        yield f"  {question.where}: {question.what}" if question.where else f"  {question.what}"
        yield f"     {question.why}"
        yield f"     Next: {question.step}"
    left = len(report.open) - SHOWN + report.open_left
    if left > 0:
        yield f"  ... and {left} more, in the report"


def write_files(report: PrecheckReport, formats: Sequence[str], out: Path) -> tuple[list[Path], Failure | None]:
    """Write ``out/ID.precheck.SUFFIX`` of each format; one that cannot be made keeps no other back.

    Returns:
        The files written, and the first failure.

    Raises:
        Usage: the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"{out} cannot be made: {error.strerror}", "name a folder you can write with --out") from error
    files: list[Path] = []
    failed: Failure | None = None
    for kind in dict.fromkeys(formats):
        try:
            content = _rendered(report, kind)
            files.append(write_whole(out / f"{report.prospect_id}.precheck.{SUFFIXES[kind]}", content))
        except Failure as error:
            failed = failed or error
    return files, failed


def _pdf(report: PrecheckReport) -> bytes:
    drawn = import_module("posture.report.precheck_pdf")  # WeasyPrint takes a second to load
    return cast("bytes", drawn.precheck_pdf(report))


_RENDERERS: Mapping[str, Callable[[PrecheckReport], bytes]] = {"pdf": _pdf, "json": precheck_json, "junit": junit}


def _rendered(report: PrecheckReport, kind: str) -> bytes:
    step = "posture doctor says what is missing; --format json needs nothing more"
    try:
        return _RENDERERS[kind](report)
    except (NoFonts, ImportError, OSError) as error:  # OSError: what WeasyPrint raises when it cannot load Pango
        raise Broken(f"no {kind} can be made on this machine: {error}", step) from error
