"""Unpackers of single streams, in one shape and with bounded memory."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Protocol

CHUNK = 1 << 16  # bytes that are read or unpacked at once
MOST_MEMORY = 128 << 20  # of an unpacker


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


def gzip_unpacker() -> Unpacker:
    """Of gzip (RFC 1952)."""
    return _Gzip()


def xz_unpacker() -> Unpacker:
    """Of xz; raises lzma.LZMAError where it would need more memory than it may."""
    return lzma.LZMADecompressor(memlimit=MOST_MEMORY)


def bzip2_unpacker() -> Unpacker:
    """Of bzip2."""
    return bz2.BZ2Decompressor()


def unpacker_for(magic: bytes) -> Unpacker | None:
    """The unpacker for a file by its first bytes; None where it is not packed."""
    if magic.startswith(b"\x1f\x8b"):
        return gzip_unpacker()
    if magic.startswith(b"\xfd7zXZ\x00"):
        return xz_unpacker()
    return bzip2_unpacker() if magic.startswith(b"BZh") else None
