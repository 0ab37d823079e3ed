"""CISA's catalogue of known exploited vulnerabilities, as JSON or as CSV (cisa.gov/known-exploited-vulnerabilities)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping

from posture.advisories.feeds.formats.reading import (
    MOST_BYTES,
    Malformed,
    a_list,
    an_object,
    cve_of,
    day,
    instant,
    json_value,
    lines_of,
    shown,
)
from posture.advisories.feeds.records import Dated, Exploited, Record, Refusal
from posture.model.text import visible


def _entry(row: Mapping[str, object]) -> Exploited:
    cve = cve_of(row.get("cveID"))
    added = day(row.get("dateAdded"), "dateAdded")
    if cve is None or added is None:
        raise Malformed("no CVE" if cve is None else "no date on which it was added")
    due = day(row.get("dueDate"), "dueDate")
    return Exploited(cve, added, due, ransomware=row.get("knownRansomwareCampaignUse") == "Known")


def _rows(rows: Iterable[object], file: str) -> Iterator[Record | Refusal]:
    for number, value in enumerate(rows, 1):
        label = f"{shown(file)} entry {number}"
        try:
            row = an_object(value, "the entry")
            label = shown(row.get("cveID")) or label
            yield _entry(row)
        except Malformed as error:
            yield Refusal(label, str(error))


def _json(data: bytes, file: str) -> Iterator[Record | Refusal]:
    catalogue = an_object(json_value(data), "the catalogue")
    entries = a_list(catalogue.get("vulnerabilities"), "vulnerabilities")
    if not entries:
        raise Malformed("the catalogue has no vulnerabilities")
    if (count := catalogue.get("count")) not in (None, len(entries)):
        yield Refusal(shown(file), f"the catalogue says that it has {shown(str(count))} entries and has {len(entries)}")
    yield from _rows(entries, file)
    if released := instant(catalogue.get("dateReleased"), "dateReleased"):
        yield Dated(released)


def _csv(data: bytes, file: str) -> Iterator[Record | Refusal]:
    if len(data) > MOST_BYTES:
        raise Malformed(f"larger than {MOST_BYTES >> 20} MiB")
    table = csv.DictReader(line + "\n" for line in lines_of(data.removeprefix(b"\xef\xbb\xbf")))
    try:
        if "cveID" not in (table.fieldnames or ()):
            raise Malformed("no column is named cveID")
        yield from _rows(table, file)
    except csv.Error as error:
        raise Malformed(visible(f"not CSV: {error}", 120)) from None


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:  # noqa: ARG001
    """The catalogue's entries, and the date of its release where it tells (JSON only). `ecosystems` has no meaning."""
    for file, data in files:
        try:
            yield from (_json if data.lstrip()[:1] in (b"{", b"[") else _csv)(data, file)
        except Malformed as error:
            yield Refusal(visible(file, 120), str(error))
