"""A packed file as a stream of what it holds, with bounded memory."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from typing import BinaryIO, Protocol

PACKED_ENDINGS = (".gz", ".xz", ".bz2")
_CHUNK = 1 << 16
_MOST_MEMORY = 128 << 20  # of an unpacker


class Unpacker(Protocol):
    """The shape of bz2's and lzma's."""

    @property
    def eof(self) -> bool:
        """Whether the end of the packed file has been reached."""

    @property
    def needs_input(self) -> bool:
        """Whether it can go on only with more input."""

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many of the next bytes."""


class _Gzip:
    """zlib in the shape of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def unpacker_for(magic: bytes) -> Unpacker | None:
    """The unpacker for a file by its first bytes; None where it is not packed."""
    if magic.startswith(b"\x1f\x8b"):
        return _Gzip()
    if magic.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMADecompressor(memlimit=_MOST_MEMORY)
    return bz2.BZ2Decompressor() if magic.startswith(b"BZh") else None


class Unpacked(io.RawIOBase):
    """What a packed file holds; packed files that follow each other (RFC 1952, section 2.2) are one."""

    def __init__(self, file: BinaryIO, unpacker: Unpacker) -> None:
        super().__init__()
        self._file = file
        self._unpacker: Unpacker | None = unpacker
        self._waiting = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # typeshed's Buffer is 3.12's
        """The next bytes; 0 at the end.

        Raises:
            EOFError: it is cut short.
            ValueError: something else follows its end.
        """
        while self._unpacker is not None:
            if self._unpacker.eof:
                self._begin_next(self._unpacker.unused_data)
                continue
            data = b""
            if self._unpacker.needs_input:
                data, self._waiting = self._waiting or self._file.read(_CHUNK), b""
                if not data:
                    raise EOFError("it ends in the middle")
            if piece := self._unpacker.decompress(data, len(buffer)):
                buffer[: len(piece)] = piece
                return len(piece)
        return 0

    def _begin_next(self, rest: bytes) -> None:
        """Zeros behind the end are padding."""
        rest = rest.lstrip(b"\0")
        while len(rest) < 8 and (more := self._file.read(_CHUNK)):
            rest = (rest + more).lstrip(b"\0")
        self._unpacker = unpacker_for(rest)
        self._waiting = rest
        if rest and self._unpacker is None:
            raise ValueError("something else follows its end")
