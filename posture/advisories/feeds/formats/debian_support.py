"""Packages without full security support: the lists of Debian's debian-security-support.

``security-support-ended.deb12``: source, last supported version, day of the end (which may lie ahead), text.
``security-support-limited``: source, text; for every release. A source may end in ``.*``: check-support-status(1)
holds it as a regular expression against the whole name, and compares no versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from posture.advisories.feeds.formats.reading import MOST_BYTES, Malformed, day, lines_of, shown, text, word
from posture.advisories.feeds.records import Record, Refusal, Unsupported

_FILE = re.compile(r"security-support-(ended|limited)(?:\.deb([0-9]{1,3}))?")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9+.-]*(?:\.\*)?")
ANY = "0"  # the version of a package of which none is supported


def _source(value: str) -> str:
    if len(value) > 128 or not _SOURCE.fullmatch(value):
        raise Malformed(f"no name of a source package: {shown(value)}")
    return value


def _line(line: str, ecosystem: str, *, ended: bool) -> Unsupported:
    if not ended:
        source, _, note = line.partition(" ")
        return Unsupported(ecosystem, _source(source), limited=True, note=text(note.strip(), "the note"))
    cells = line.split(maxsplit=3)
    if len(cells) < 3:
        raise Malformed(f"too few columns: {shown(line)}")
    version = word(cells[1], "the version")
    since = day(cells[2], "the day of the end")
    note = text(cells[3], "the note") if len(cells) > 3 else ""
    return Unsupported(ecosystem, _source(cells[0]), False, since, "" if version == ANY else version, note)


def _rows(data: bytes, kind: re.Match[str], releases: Iterable[str]) -> Iterator[Record | Refusal]:
    for number, raw in enumerate(lines_of(data), 1):
        line = " ".join(raw[:2000].split())
        if not line or line.startswith("#"):
            continue
        try:
            for release in releases:
                yield _line(line, f"Debian:{release}", ended=kind[1] == "ended")
        except Malformed as error:
            yield Refusal(f"{kind[0]} line {number}", str(error))


def _lists(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[re.Match[str], bytes]]:
    for file, data in files:
        if kind := _FILE.fullmatch(PurePosixPath(file).name):
            yield kind, data


def read(files: Iterable[tuple[str, bytes]], ecosystems: frozenset[str]) -> Iterator[Record | Refusal]:
    """The packages of every list; files of other names are passed over.

    The list of limited support names no release: it holds for those that the lists of ended support beside it are of.
    A list of ended support that names none is the package's link to one that does.
    """
    if ecosystems and "Debian" not in ecosystems:
        return
    lists = []
    for kind, data in _lists(files):
        if len(data) > MOST_BYTES:
            yield Refusal(kind[0], f"larger than {MOST_BYTES >> 20} MiB")
        else:
            lists.append((kind, data))
    ended = {kind[2]: data for kind, data in lists if kind[1] == "ended" and kind[2]}
    for kind, data in lists:
        releases = (kind[2],) if kind[2] else tuple(ended) if kind[1] == "limited" else ()
        yield from _rows(data, kind, releases)
        if not releases and data not in ended.values():
            yield Refusal(kind[0], "no list of ended support beside it tells the release, as .debN in its name would")
