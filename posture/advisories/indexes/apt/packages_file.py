"""What an archive's Packages file offers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from posture.advisories.indexes.offers import Offer
from posture.advisories.versions.dpkg import NotComparable, dpkg_key
from posture.model.text import decoded

_FIELDS = {b"Package", b"Version", b"Architecture", b"Source", b"Phased-Update-Percentage"}


def _stanzas(path: Path) -> Iterator[dict[bytes, bytes]]:
    fields: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        for line in file:
            if line == b"\n":
                yield fields
                fields = {}
                continue
            name, _, value = line.partition(b":")
            if name in _FIELDS:
                fields[name] = value.strip()
    yield fields


def _key(version: str) -> bytes | None:
    try:
        return dpkg_key(version)
    except NotComparable:
        return None


def read_offers(path: Path) -> Iterator[Offer]:
    """The packages of a verified Packages file, one at a time.

    An update that is still being rolled out to a part of the machines only (Phased-Update-Percentage below 100; Ubuntu)
    is left out: apt does not offer it to all. Security updates are never phased.
    """
    for fields in _stanzas(path):
        if not fields.get(b"Package") or not fields.get(b"Version"):
            continue
        if fields.get(b"Phased-Update-Percentage", b"100") != b"100":
            continue
        name, version = decoded(fields[b"Package"]), decoded(fields[b"Version"])
        source = decoded(fields.get(b"Source", b"")).partition(" ")[0] or name
        yield Offer(name, decoded(fields.get(b"Architecture", b"")), version, source, _key(version))
