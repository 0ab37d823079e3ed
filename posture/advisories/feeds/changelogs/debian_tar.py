"""The changelog inside the packaging part of a source package (``hello_1.0-1.debian.tar.xz``).

Nothing is unpacked onto the disk. The archive is signed by way of the index, yet read as a stranger's: what comes out
of the decompression is bounded, and links and special files are never followed.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

MOST_UNPACKED = 256 << 20  # read of one archive until its changelog is found
MOST_CHANGELOG = 4 << 20  # of one changelog; the rest is older than what is looked for
_NAME = "debian/changelog"
_OPENERS: dict[str, Callable[[Path], Any]] = {
    ".xz": lzma.LZMAFile,
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
}


class Unreadable(Exception):
    """No changelog came out of an archive; the message says why."""


class _Bounded(io.RawIOBase):
    """A stream that ends in an error where it grows too large."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable(f"more than {MOST_UNPACKED >> 20} MiB before its changelog")
        return data


def _found(archive: tarfile.TarFile) -> str:
    for member in archive:
        if member.name.removeprefix("./") == _NAME:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                raise Unreadable("its changelog is no regular file")
            return content.read(MOST_CHANGELOG).decode("utf-8", "replace")
    raise Unreadable("it holds no changelog")


def changelog_of(path: Path) -> str:
    """The text of ``debian/changelog``, its first part where it is very long.

    Raises:
        Unreadable: there is none, or the archive is damaged, too large, or compressed in an unknown way.
    """
    opener = _OPENERS.get(path.suffix)
    if opener is None:
        raise Unreadable(f"its compression is not known: {path.suffix}")
    try:
        with opener(path) as stream:
            bounded: Any = _Bounded(stream, MOST_UNPACKED)
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                return _found(archive)
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error, tarfile.TarError) as error:
        raise Unreadable(f"it is damaged: {type(error).__name__}") from error
