"""repomd.xml, the signed head of an RPM repository: what files it has, and their hashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from posture.advisories.errors import Refused
from posture.advisories.indexes.rpm.xml import Element, records

MOST_HEAD = 2 << 20  # bytes
MOST_FILE = 400 << 20  # bytes of one file, as fetched
MOST_OPEN = 2 << 30  # bytes of one file, unpacked; primary.xml of a large distribution is a fifth of that
_HASHES = ("sha512", "sha384", "sha256")  # those that nobody has broken
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~^-]*(/[A-Za-z0-9][A-Za-z0-9._+~^-]*){0,8}")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """One file: its path below the repository, its hash, and the sizes in bytes it may have at most."""

    path: str
    hash: str  # sha256, sha384, sha512
    digest: str
    size: int
    open_size: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a repository signs. `date` is aware, UTC; `files` by kind: primary, updateinfo, modules."""

    date: datetime
    files: dict[str, RepositoryFile]


def read_head(content: bytes, now: datetime) -> Head:
    """Read repomd.xml.

    It has no date of its own: createrepo_c writes the time as its revision; where somebody set another revision, the
    newest time of a file counts.

    Raises:
        Refused: it is none, has no date, or one in the future.
    """
    top: list[Element] = []
    files: dict[str, RepositoryFile] = {}
    newest = _EARLIEST
    for data in records([content], "repomd", "data", leave=("tags",), top=top.append):
        newest = max(newest, _time(data.said("timestamp")))
        kind = data.attributes.get("type", "")
        if kind in {"primary", "updateinfo", "modules"}:
            files[kind] = _file(data, kind)
    revision = next((element.text.strip() for element in top if element.tag == "revision"), "")
    date = _time(revision)
    date = date if date > _EARLIEST else newest
    if date == _EARLIEST:
        raise Refused("its repomd.xml carries no date")
    if date > now + _TOLERANCE:
        raise Refused(f"its repomd.xml is dated in the future, {date:%Y-%m-%d %H:%M} UTC")
    if "primary" not in files:
        raise Refused("its repomd.xml names no list of packages (primary)")
    return Head(date, files)


def _time(text: str) -> datetime:
    """Seconds since 1970, with or without a fraction; the earliest time where it is none."""
    number = text.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) <= 11):
        return _EARLIEST
    return max(_EARLIEST, datetime.fromtimestamp(int(number), UTC))


def _file(data: Element, kind: str) -> RepositoryFile:
    location, checksum = data.first("location"), data.first("checksum")
    path = location.attributes.get("href", "") if location else ""
    if not _PATH.fullmatch(path) or (location and "base" in location.attributes):
        raise Refused(f"its repomd.xml names a file outside of the repository: {path[:80]!r}")
    named = checksum.attributes.get("type", "") if checksum else ""
    if checksum is None or named not in _HASHES:
        raise Refused(f"its repomd.xml protects {kind} with {named[:20]!r}, which is no hash to trust")
    return RepositoryFile(
        path,
        named,
        checksum.text.strip().lower(),
        min(_number(data.said("size")) or MOST_FILE, MOST_FILE),
        min(_number(data.said("open-size")) or MOST_OPEN, MOST_OPEN),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0
