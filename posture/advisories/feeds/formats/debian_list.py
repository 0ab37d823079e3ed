"""Debian's own lists of advisories: data/DSA/list and data/DLA/list of its security tracker.

    [21 Aug 2026] DSA-6458-1 gst-plugins-bad1.0 - security update
            {CVE-2026-12891 CVE-2026-12892}
            [trixie] - gst-plugins-bad1.0 1.26.2-3+deb13u3
            NOTE: free text

The syntax is that of the tracker's doc/security-team: a line of a package holds a version, or a state in angle
brackets. Debian gives its advisories no severity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from posture.advisories.feeds.formats.debian_releases import ecosystem_of
from posture.advisories.feeds.formats.reading import Malformed, lines_of, shown, text
from posture.advisories.feeds.records import Advisory, Affected, Dated, Record, Refusal, Scheme, State

LONGEST_LINE = 20_000
_HEAD = re.compile(
    r"\[([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})\]\s+((?:DSA|DLA|DTSA|ELA)-[0-9]{1,6}(?:-[0-9]{1,3})?)\b(.*)"
)
_CVES = re.compile(r"\{([^{}]*)\}")
_VERSION = r"<[a-z -]+>|[0-9A-Za-z][0-9A-Za-z.+:~-]*"
_PACKAGE = re.compile(rf"(?:\[([a-z0-9-]+)\]\s+)?-\s+([a-z0-9][a-z0-9+.-]*)\s+({_VERSION})(?:\s.*)?")
_NAMES = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}")
_OTHER_NAMES = re.compile(r"(CAN|TEMP|DSA|DLA|DTSA|ELA|CVE)-[0-9A-FX-]+")
_NOTES = re.compile(r"(NOTE|TODO|RESERVED|REJECTED|HELP|CHECK|STOP)\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATES = {
    "<unfixed>": State.UNFIXED,
    "<end-of-life>": State.UNFIXED,
    "<ignored>": State.UNFIXED,
    "<no-dsa>": State.UNFIXED,
    "<postponed>": State.UNFIXED,
    "<removed>": State.UNFIXED,
    "<not-affected>": State.NOT_AFFECTED,
}
# What is not (yet) known to concern a release says nothing about its packages.
_SILENT = ("<itp>", "<undetermined>")
# Neither Debian's stable releases: testing has no advisories of its own, unstable none at all.
_UNNUMBERED = ("sid", "experimental", "testing", "unstable")


@dataclass(slots=True)
class _Entry:
    """What has been read of one advisory so far."""

    id: str
    at: datetime
    title: str
    cves: list[str] = field(default_factory=list)
    affected: list[Affected] = field(default_factory=list)

    def done(self) -> Iterator[Record]:
        """The advisory; a notice that names no package (a release's end, a change of key) is none."""
        if self.affected:
            yield Advisory(
                id=self.id,
                affected=tuple(dict.fromkeys(self.affected)),
                cves=tuple(dict.fromkeys(self.cves)),
                published=self.at,
                modified=self.at,
                summary=self.title,
                url=f"https://security-tracker.debian.org/tracker/{self.id}",
            )


def _begin(found: re.Match[str]) -> _Entry:
    number, month, year, identity, title = found.groups()
    try:
        at = datetime(int(year), _MONTHS.index(month) + 1, int(number), tzinfo=UTC)
    except ValueError:
        raise Malformed(f"no date: {number} {month} {year}") from None
    return _Entry(identity, at, text(title.strip(), "the title"))


def _affected(line: str) -> Affected | None:
    """The line of a package; None where it says nothing about a numbered release."""
    found = _PACKAGE.fullmatch(line)
    if not found:
        raise Malformed(f"neither a package, CVEs nor a note: {shown(line)}")
    release, name, version = found.groups()
    if release in _UNNUMBERED or release is None or version in _SILENT:
        return None
    ecosystem = ecosystem_of(release)
    if ecosystem is None:
        raise Malformed(f"the release is not known: {shown(release)}")
    if not version.startswith("<"):
        return Affected(ecosystem, name, Scheme.DPKG, State.FIXED, fixed=version)
    if version not in _STATES:
        raise Malformed(f"the state is not known: {shown(version)}")
    return Affected(ecosystem, name, Scheme.DPKG, _STATES[version])


def _line(entry: _Entry, line: str) -> None:
    if _NOTES.match(line):
        return
    if found := _CVES.fullmatch(line):
        for each in found[1].split():
            if _NAMES.fullmatch(each):
                entry.cves.append(each)
            elif not _OTHER_NAMES.fullmatch(each):
                raise Malformed(f"no CVE: {shown(each)}")
    elif affected := _affected(line):
        entry.affected.append(affected)


def _list(data: bytes, file: str) -> Iterator[Record | Refusal]:
    entry: _Entry | None = None
    newest: datetime | None = None
    for number, raw in enumerate(lines_of(data), 1):
        line = raw.strip()
        if not line:
            continue
        if len(raw) > LONGEST_LINE:
            yield Refusal(entry.id if entry else f"{shown(file)} line {number}", "the line is too long")
            continue
        try:
            if found := _HEAD.fullmatch(raw.rstrip()):
                yield from entry.done() if entry else ()
                entry = None
                entry = _begin(found)
                newest = max(newest or entry.at, entry.at)
            elif not raw[0].isspace():
                yield from entry.done() if entry else ()
                entry = None
                yield Refusal(f"{shown(file)} line {number}", f"no advisory begins so: {shown(line)}")
            elif entry:
                _line(entry, line)
        except Malformed as error:
            yield Refusal(entry.id if entry else f"{shown(file)} line {number}", str(error))
    yield from entry.done() if entry else ()
    if newest:
        yield Dated(newest)


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:
    """The advisories of every release the lists name; the date of the newest one in each list.

    A line that cannot be read is refused by itself, with the id of its advisory; the rest of the advisory stays.
    """
    if ecosystems and "Debian" not in ecosystems:
        return
    for file, data in files:
        yield from _list(data, file)
