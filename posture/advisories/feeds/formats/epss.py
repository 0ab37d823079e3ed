"""FIRST's EPSS scores as CSV (https://www.first.org/epss/data_stats).

Four forms are in the world: ``cve,epss`` (April 2021), with ``percentile`` (September 2021), and both after a comment
line with the model's version and the score's date (since February 2022):

    #model_version:v2023.03.01,score_date:2023-03-07T00:00:00+0000
    cve,epss,percentile
    CVE-2020-5902,0.97567,0.99995
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from posture.advisories.feeds.formats.reading import Malformed, cve_of, lines_of, shown
from posture.advisories.feeds.records import Dated, Probability, Record, Refusal
from posture.model.text import visible

MOST_BYTES = 128 << 20  # ten times the full file of 2026
_DATE = re.compile(r"score_date:([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:[+-][0-9]{2}:?[0-9]{2}|Z))")
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,24})?(?:[eE]-[0-9]{1,3})?")


def _fraction(value: str, what: str) -> float:
    if _NUMBER.fullmatch(value) and 0 <= (number := float(value)) <= 1:
        return number
    raise Malformed(f"the {what} is not between 0 and 1: {shown(value)}")


def _dated(comment: str) -> Dated:
    found = _DATE.search(comment)
    try:
        return Dated(datetime.fromisoformat(found[1] if found else ""))
    except ValueError:
        raise Malformed(f"the comment line has no score_date: {shown(comment)}") from None


def _columns(header: str) -> tuple[int, int, int | None]:
    names = [name.strip().lower() for name in header.split(",")]
    if "cve" not in names or "epss" not in names:
        raise Malformed(f"the columns cve and epss are not there: {shown(header)}")
    return names.index("cve"), names.index("epss"), names.index("percentile") if "percentile" in names else None


def _score(line: str, columns: tuple[int, int, int | None]) -> Probability:
    cve_at, epss_at, percentile_at = columns
    cells = line.split(",")
    if len(cells) <= max(column for column in columns if column is not None):
        raise Malformed(f"too few columns: {shown(line)}")
    cve = cve_of(cells[cve_at].strip())
    if cve is None:
        raise Malformed(f"no CVE: {shown(cells[cve_at])}")
    percentile = None if percentile_at is None else _fraction(cells[percentile_at].strip(), "percentile")
    return Probability(cve, _fraction(cells[epss_at].strip(), "probability"), percentile)


def _file(data: bytes, file: str) -> Iterator[Record | Refusal]:
    if len(data) > MOST_BYTES:
        raise Malformed(f"larger than {MOST_BYTES >> 20} MiB")
    columns: tuple[int, int, int | None] | None = None
    for number, line in enumerate(lines_of(data.removeprefix(b"\xef\xbb\xbf")), 1):
        if line.startswith("#"):
            yield _dated(line)
        elif columns is None:
            columns = _columns(line)
        elif line:
            try:
                yield _score(line, columns)
            except Malformed as error:
                yield Refusal(f"{shown(file)} line {number}", str(error))


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:  # noqa: ARG001
    """The scores, and their date where the file tells it. `ecosystems` has no meaning here."""
    for file, data in files:
        try:
            yield from _file(data, file)
        except Malformed as error:
            yield Refusal(visible(file, 120), str(error))
