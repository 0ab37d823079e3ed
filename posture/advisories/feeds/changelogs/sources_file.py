"""The Sources index of a suite: which source packages it has, and how large their packaging parts are (deb-src)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from posture.advisories.versions.dpkg import NotComparable, dpkg_key

_SOURCE = re.compile(r"[a-z0-9][a-z0-9+.-]{1,80}")
_FILE = re.compile(r" [0-9a-f]{64} ([0-9]{1,12}) ([A-Za-z0-9][A-Za-z0-9.+~_-]{0,250}\.debian\.tar\.[a-z0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Packaging:
    """A source package on offer. `file` is its packaging part, empty where it has none of its own (native packages)."""

    source: str
    version: str
    file: str = ""
    size: int = 0


def _stanzas(lines: Iterable[str]) -> Iterator[dict[str, list[str]]]:
    fields: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            fields.setdefault(name, []).append(line.rstrip("\n"))
        else:
            name, _, value = line.partition(":")
            fields[name] = [value.strip()]
    if fields:
        yield fields


def _packaging(fields: dict[str, list[str]]) -> Packaging | None:
    """None for sources that are only kept for the binaries built from them, and for what is no source package."""
    source, version = (fields.get(name, [""])[0] for name in ("Package", "Version"))
    if fields.get("Extra-Source-Only", [""])[0] == "yes" or not _SOURCE.fullmatch(source):
        return None
    for line in fields.get("Checksums-Sha256", []):
        if found := _FILE.fullmatch(line):
            return Packaging(source, version, found[2], int(found[1]))
    return Packaging(source, version)


def read_sources(path: Path) -> dict[str, Packaging]:
    """The newest version of each source package; those whose version is none are left out."""
    newest: dict[str, tuple[bytes, Packaging]] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for fields in _stanzas(lines):
            packaging = _packaging(fields)
            if packaging is None:
                continue
            try:
                key = dpkg_key(packaging.version)
            except NotComparable:
                continue
            if packaging.source not in newest or newest[packaging.source][0] < key:
                newest[packaging.source] = key, packaging
    return {source: packaging for source, (_, packaging) in newest.items()}
