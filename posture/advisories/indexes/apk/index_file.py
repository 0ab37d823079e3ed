"""APKINDEX: what a repository offers, a record a package (apk-package(5) names the same fields)."""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from posture.advisories.errors import Refused
from posture.advisories.feeds.records import Scheme
from posture.advisories.indexes.apk.signed_file import BROKEN_TAR
from posture.advisories.indexes.offers import Offer
from posture.advisories.versions.order import NotComparable, key
from posture.model.text import visible

MOST_OPEN = 128 << 20  # bytes, unpacked; community has some 10 MB
_MOST_PACKAGES = 500_000
_MOST_LINE = 1 << 20  # what a package provides may be long
_MOST_MEMBERS = 16
_MOST_DESCRIPTION = 1 << 12
_PIECE = 1 << 16
_CLOCKS = timedelta(days=1)  # builders' clocks differ; a build later than that tells nothing of when
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9+._-]{0,200}")
_ARCHITECTURE = re.compile(r"[a-z0-9_]{1,30}")
_VERSION = re.compile(r"[\x21-\x7e]{1,200}")
_FIELDS = frozenset("PVAot")


@dataclass(frozen=True, slots=True)
class Opened:
    """An index: its description (git-describe(1) of Alpine's recipes, as a rule), and its packages' records."""

    description: str
    records: IO[bytes]


def unpack(path: Path, begin: int, target: Path, most: int = MOST_OPEN) -> None:
    """Unpack the gzip streams of a file from an offset on; at most `most` bytes.

    Raises:
        Refused: it holds more, is damaged or cut short.
    """
    size = 0
    unpacker = None
    with path.open("rb") as file, target.open("wb") as output:
        file.seek(begin)
        while data := (unpacker.unused_data if unpacker and unpacker.eof else b"") or file.read(_PIECE):
            if unpacker is None or unpacker.eof:
                unpacker = zlib.decompressobj(31)
            while data:
                try:
                    piece = unpacker.decompress(data, _PIECE)
                except zlib.error as error:
                    raise Refused(f"it cannot be unpacked: {error}") from error
                size += len(piece)
                if size > most:
                    raise Refused(f"it holds more than the {most} bytes that it may")
                output.write(piece)
                data = unpacker.unconsumed_tail
    if unpacker is None or not unpacker.eof:
        raise Refused("it is cut short")


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open an unpacked index.

    Raises:
        Refused: it is no tar archive, or has no APKINDEX in it.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            description = ""
            for count, member in enumerate(archive):
                content = archive.extractfile(member) if member.isreg() and count < _MOST_MEMBERS else None
                if content and member.name == "DESCRIPTION":
                    description = content.read(_MOST_DESCRIPTION).decode("utf-8", "replace").strip()
                elif content and member.name == "APKINDEX":
                    yield Opened(description, content)
                    return
                elif count >= _MOST_MEMBERS:
                    break
    except BROKEN_TAR as error:
        raise Refused(f"it is no archive: {visible(str(error), 100)}") from error
    raise Refused("there is no APKINDEX in it")


def read_records(lines: IO[bytes]) -> Iterator[dict[str, str]]:
    """The records, each with the fields that are used: P name, V version, A architecture, o origin, t build time.

    Raises:
        Refused: it is no index.
    """
    fields: dict[str, str] = {}
    count = 0
    while line := lines.readline(_MOST_LINE):
        if len(line) == _MOST_LINE:
            raise Refused("a line of it is longer than any index has")
        text = line.decode("utf-8", "replace").rstrip("\n")
        if text:
            if text[1:2] != ":":
                raise Refused(f"it is no index: {visible(text, 60)!r}")
            if text[0] in _FIELDS:
                fields[text[0]] = text[2:]
        elif fields:
            yield fields
            fields = {}
            count += 1
            if count > _MOST_PACKAGES:
                raise Refused(f"it has more than {_MOST_PACKAGES} packages")
    if fields:
        yield fields


def offer_of(fields: dict[str, str]) -> Offer:
    """One record as what is on offer.

    Raises:
        Refused: a name or a version is none.
    """
    name, version, architecture = fields.get("P", ""), fields.get("V", ""), fields.get("A", "")
    origin = fields.get("o") or name
    if not (_NAME.fullmatch(name) and _NAME.fullmatch(origin)):
        raise Refused(f"{visible(name or origin, 60)!r} is not the name of a package")
    if not (_VERSION.fullmatch(version) and _ARCHITECTURE.fullmatch(architecture)):
        raise Refused(
            f"the version or the architecture of {name} is none: {visible(f'{version} {architecture}', 60)!r}"
        )
    try:
        sorted_by = key(Scheme.APK, version)
    except NotComparable:
        sorted_by = None
    return Offer(name, architecture, version, origin, sorted_by)


def built(fields: dict[str, str], now: datetime) -> datetime | None:
    """When a package was built; None where it is not told, or told by a clock that is wrong."""
    text = fields.get("t", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return None
    try:
        at = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at <= now + _CLOCKS else None
