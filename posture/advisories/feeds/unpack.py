"""The files of a location, one at a time in memory and none on disk: a file, a packed file, an archive or a folder.

What a file is, its first bytes tell. Everything is bounded, and what a bomb announces is believed at once. Links,
devices and names that lead elsewhere are passed over; names are labels, nothing is ever written under them.
"""

from __future__ import annotations

import io
import lzma
import math
import os
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from posture.advisories.errors import Refused, Unreachable
from posture.advisories.feeds.unpacked import PACKED_ENDINGS, Unpacked
from posture.advisories.unpackers import unpacker_for
from posture.model.text import visible

_CHUNK = 1 << 16
_MOST_DIRECTORY = 64 << 20  # of a zip's directory: about 600,000 files of OSV
_TAR_MAGIC = slice(257, 262)
_LINK = 0o12  # the kind of a symbolic link in the mode of a zip's member
# The others are unpacked a whole piece of input at a time, whatever it unpacks to (bzip2 in a zip: 2.6 GB out of 1 KB).
_BOUNDED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, struct.error),
    *(zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a location may hold, unpacked."""

    total: int = 8 << 30  # bytes
    each: int = 64 << 20  # bytes of one file
    files: int = 600_000


_BOUNDS = Bounds()


class _Budget:
    """What is left of the bounds."""

    def __init__(self, bounds: Bounds, until: float) -> None:
        self._bounds = bounds
        self._until = until
        self._bytes = 0
        self._passed = 0
        self._files = 0

    def expect(self, size: int, name: str) -> None:
        """Raises Refused for a file that is announced to be larger than it may be."""
        if size > self._bounds.each:
            raise Refused(f"{_shown(name)} unpacks to more than {self._bounds.each >> 20} MiB")
        self.expect_total(size)

    def announce(self, members: list[zipfile.ZipInfo]) -> None:
        """Raises Refused for an archive that says itself that it holds too much."""
        for member in members:
            self.expect(member.file_size, member.filename)
        self.expect_total(sum(member.file_size for member in members))

    def expect_total(self, size: int) -> None:
        """Raises Refused where so much more would be too much."""
        if self._bytes + size > self._bounds.total:
            raise Refused(f"it unpacks to more than {self._bounds.total >> 20} MiB")

    def another(self) -> None:
        """Counts a member of any kind: a folder or a link costs time, too."""
        self._files += 1
        if self._files > self._bounds.files:
            raise Refused(f"it holds more than {self._bounds.files} files")
        self.check_time()

    def check_time(self) -> None:
        """Raises Refused when the time for it is over."""
        if time.monotonic() > self._until:
            raise Refused("it takes too long to unpack")

    def passed(self, size: int) -> None:
        """Counts what an archive unpacks to beside the contents of its files: headers, and files that are skipped."""
        self._passed += size
        if self._passed > self._bounds.total + (self._bounds.files << 11):
            raise Refused(f"it unpacks to more than {self._bounds.total >> 20} MiB")

    def read(self, file: _Readable, name: str) -> bytes:
        """The content of a file."""
        self.check_time()
        pieces, size = [], 0
        while piece := file.read(_CHUNK):
            size += len(piece)
            self.expect(size, name)
            pieces.append(piece)
        self._bytes += size
        return b"".join(pieces)

    @property
    def each(self) -> int:
        return self._bounds.each


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Rationed:
    """A stream that ends with Refused where one file of an archive, its headers included, takes more than it may."""

    def __init__(self, stream: _Readable, most: int, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._most = most
        self._left = most

    def go_on(self) -> None:
        """Another file of the archive begins."""
        self._left = self._most

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._budget.passed(len(data))
        self._left -= len(data)
        if self._left < 0:
            raise Refused(f"a file in it unpacks to more than {self._most >> 20} MiB")
        return data


def files_of(path: Path, name: str, bounds: Bounds = _BOUNDS, until: float = math.inf) -> Iterator[tuple[str, bytes]]:
    """The files that a fetched file or a folder holds, each with its name; `name` is that of a single file.

    `until` is when to give up, by time.monotonic().

    Raises:
        Refused: it is damaged, cut short, or unpacks to more than it may; said before memory or disk are used for it.
        Unreachable: a folder or file of this machine cannot be read.
    """
    budget = _Budget(bounds, until)
    if path.is_dir():
        for inner, label in _walk(path):
            budget.another()
            yield from _one(inner, label, budget)
    else:
        yield from _one(path, name, budget)


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """The regular files below a folder, sorted, hidden ones left out."""

    def fail(error: OSError) -> None:
        raise Unreachable(f"{_shown(str(folder))} cannot be read: {error.strerror or error}") from error

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            inner = Path(parent) / name
            if not name.startswith(".") and inner.is_file() and not inner.is_symlink():
                yield inner, inner.relative_to(folder).as_posix()


def _one(path: Path, name: str, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as file:
            magic = file.read(8)
            file.seek(0)
            if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
                yield from _zipped(file, budget)
            elif magic.startswith(b"\x28\xb5\x2f\xfd"):
                raise Refused(f"{_shown(name)} is packed with zstd, which is not read here: unpack it first")
            else:
                yield from _plain(file, magic, name, budget)
    except _DAMAGED as error:
        raise Refused(f"{_shown(name)} is damaged or cut short: {visible(str(error), 120)}") from error


def _plain(file: BinaryIO, magic: bytes, name: str, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    unpacker = unpacker_for(magic)
    stream = io.BufferedReader(Unpacked(file, unpacker), _CHUNK) if unpacker else file
    label = name.rsplit(".", 1)[0] if unpacker and name.endswith(PACKED_ENDINGS) else name
    head = stream.peek(512)[:512] if isinstance(stream, io.BufferedReader) else b""
    if head[_TAR_MAGIC] == b"ustar":
        yield from _tarred(_Rationed(stream, budget.each + (1 << 20), budget), budget)
    else:
        yield label, budget.read(stream, name)


def _tarred(stream: _Rationed, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:  # type: ignore[call-overload]  # read() is all it uses
        while (member := archive.next()) is not None:
            archive.members = []  # else it remembers every one
            budget.another()
            if member.isreg() and not member.issparse() and _harmless(member.name):
                budget.expect(member.size, member.name)
                content = archive.extractfile(member)
                if content:
                    yield member.name, budget.read(content, member.name)
            stream.go_on()


def _zipped(file: BinaryIO, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    _check_directory(file)
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and _harmless(one.filename)]
        budget.announce(members)
        for member in members:
            budget.another()
            if member.compress_type not in _BOUNDED:
                raise Refused(f"{_shown(member.filename)} is packed in a way that no feed uses")
            if (member.external_attr >> 28) != _LINK:
                with archive.open(member) as content:
                    yield member.filename, budget.read(content, member.filename)


def _check_directory(file: BinaryIO) -> None:
    """Raises Refused for a directory that would take all memory (APPNOTE 4.3.16): zipfile reads it whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise EOFError("the directory at its end is missing")
    directory = struct.unpack_from("<L", tail, at + 12)[0]
    large = tail.rfind(b"PK\x06\x06")
    if large >= 0 and len(tail) >= large + 48:
        directory = max(directory if directory != 0xFFFFFFFF else 0, struct.unpack_from("<Q", tail, large + 40)[0])
    if directory > _MOST_DIRECTORY:
        raise Refused(f"its directory alone has {directory >> 20} MiB")


def _harmless(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and name.isprintable()


def _shown(name: str) -> str:
    return visible(name, 120)
