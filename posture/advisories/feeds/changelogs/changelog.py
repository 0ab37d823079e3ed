"""The entries of a Debian changelog and the CVEs that each names (deb-changelog(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_ENTRIES = 100  # of one changelog, newest first
MOST_CVES = 2000  # of one entry; a kernel's has several hundred
LONGEST_LINE = 2000

_HEAD = re.compile(
    r"(?P<source>[a-z0-9][a-z0-9+.-]{1,80}) \((?P<version>[0-9A-Za-z.+:~-]{1,128})\) "
    r"(?P<suites>[A-Za-z0-9. +~_-]{1,200});(?P<options>.{0,300})"
)
_TRAILER = re.compile(r" -- .{0,300}?<[^<>]{0,200}>  ?(?P<date>.{5,60})")
_URGENCY = re.compile(r"urgency=([a-z]+)", re.IGNORECASE)
_CVE = re.compile(r"\bCVE-[0-9]{4}-[0-9]{4,12}\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One upload: its version, the suites it went to, the uploader's urgency, its date, the CVEs its text names."""

    source: str
    version: str
    suites: tuple[str, ...]
    urgency: str
    at: datetime | None
    cves: tuple[str, ...]


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _entry(head: re.Match[str], cves: Iterable[str], at: datetime | None) -> Entry:
    urgency = _URGENCY.search(head["options"])
    suites = tuple(head["suites"].split())
    return Entry(head["source"], head["version"], suites, urgency[1].lower() if urgency else "", at, tuple(cves))


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries, newest first. One without its closing line (a changelog cut short) is left out."""
    head: re.Match[str] | None = None
    cves: dict[str, None] = {}
    given = 0
    for raw in lines:
        line = raw[:LONGEST_LINE].rstrip()
        if found := _HEAD.fullmatch(line):
            head, cves = found, {}
        elif head and (end := _TRAILER.fullmatch(line)):
            yield _entry(head, cves, _date(end["date"]))
            head = None
            given += 1
            if given == MOST_ENTRIES:
                return
        elif head and len(cves) < MOST_CVES:
            cves |= dict.fromkeys(_CVE.findall(line))
