"""What has been read of a suite's changelogs so far: one JSON file a suite, from one update to the next.

{"schema": 1, "suite": "bookworm-security", "ecosystem": "Debian:12", "date": "2026-11-21T20:11:05+00:00",
 "sources": {"openssl": {"version": "3.0.17-1~deb12u3", "uploads": [{"version": "3.0.17-1~deb12u3",
   "at": "2026-09-30T12:00:00+00:00", "cves": ["CVE-2026-1111"]}], "failed": "3.0.17-1~deb12u4"}}}
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from posture.advisories.errors import NotWritten
from posture.advisories.feeds.changelogs.changelog import Entry
from posture.advisories.feeds.formats.reading import MOST_BYTES, Malformed, an_object, instant, json_value

SCHEMA = 1
ENDING = "changelogs.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """A suite's sources, each with the version last read and its uploads, as they stand in the file."""

    sources: Mapping[str, Any]
    date: datetime | None = None  # of the signed index

    def version(self, source: str) -> str:
        """The version whose changelog has been read, empty for a source not read yet."""
        return self._said(source, "version")

    def failed(self, source: str) -> str:
        """The version whose changelog did not come the last time, empty where there is none."""
        return self._said(source, "failed")

    def _said(self, source: str, key: str) -> str:
        known = self.sources.get(source)
        return str(known.get(key, "")) if isinstance(known, dict) else ""


def place(folder: Path, suite: str) -> Path:
    """The file of a suite."""
    return folder / f"{suite}.{ENDING}"


def recall(folder: Path, suite: str) -> Memory:
    """What is known of a suite; a file that is missing or damaged is as none: everything is read again."""
    try:
        path = place(folder, suite)
        if path.stat().st_size > MOST_BYTES:
            return Memory({})
        known = an_object(json_value(path.read_bytes()), "the memory")
        if known.get("schema") != SCHEMA:
            return Memory({})
        return Memory(an_object(known.get("sources"), "sources"), instant(known.get("date"), "date"))
    except (OSError, Malformed):
        return Memory({})


def with_changelog(known: Mapping[str, Any], source: str, version: str, uploads: Sequence[Entry]) -> dict[str, Any]:
    """The sources with one of them as its newest changelog says; a changelog holds the earlier uploads as well."""
    told = [
        {"version": each.version, "at": each.at.isoformat() if each.at else None, "cves": list(each.cves)}
        for each in uploads
        if each.cves
    ]
    return {**known, source: {"version": version, "uploads": told}}


def with_failure(known: Mapping[str, Any], source: str, version: str) -> dict[str, Any]:
    """The sources with a note that a version did not come: the next update tries others first."""
    before = known.get(source)
    return {**known, source: {**(before if isinstance(before, dict) else {"uploads": []}), "failed": version}}


def keep(folder: Path, suite: str, ecosystem: str, memory: Memory) -> None:
    """Write the file beside the old one and put it in its place.

    Raises:
        NotWritten: it could not be stored; the old one is as it was.
    """
    content = {
        "schema": SCHEMA,
        "suite": suite,
        "ecosystem": ecosystem,
        "date": memory.date.isoformat() if memory.date else None,
        "sources": dict(memory.sources),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", suffix=".new", delete=False) as file:
            beside = Path(file.name)
            json.dump(content, file, ensure_ascii=True, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place(folder, suite))
    except OSError as error:
        raise NotWritten(f"cannot write the changelogs of {suite} to {folder}: {error.strerror}") from error
