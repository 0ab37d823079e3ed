"""The files that are attached to a PDF, found without laying it out. Of hostile files nothing is followed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

_MARK: Final = b"/EmbeddedFile"
_STREAM: Final = re.compile(rb"stream\r?\n")
_LENGTH: Final = re.compile(rb"/Length\s+(\d{1,9})(?!\d|\s+\d+\s+R)")
_DICTIONARY: Final = 2_000  # bytes around the mark; ours has 250
_FILES: Final = 8
_MARKS: Final = 1_000
_WHOLE: Final = 64 << 20  # bytes of all attachments together, unpacked


def attached(content: bytes) -> tuple[bytes, ...]:
    """The embedded files (ISO 32000-1, 7.11.4), unpacked; one that is damaged, encrypted or too large is left out."""
    found: list[bytes] = []
    left = _WHOLE
    for dictionary, start in _streams(content):
        unpacked = _unpacked(content, dictionary, start, left)
        if unpacked is not None:
            found.append(unpacked)
            left -= len(unpacked)
        if len(found) == _FILES:
            break
    return tuple(found)


def _streams(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The dictionary of each embedded file, and where its bytes begin."""
    place = 0
    for _ in range(_MARKS):
        mark = content.find(_MARK, place)
        if mark < 0:
            return
        place = mark + len(_MARK)
        stream = _STREAM.search(content, mark, mark + _DICTIONARY)
        begin = content.rfind(b" obj", max(0, mark - _DICTIONARY), mark)
        if stream is not None and begin >= 0 and content.find(b"endobj", begin, stream.start()) < 0:
            yield content[begin : stream.start()], stream.end()


def _unpacked(content: bytes, dictionary: bytes, start: int, most: int) -> bytes | None:
    length = _LENGTH.search(dictionary)
    if length is None:
        return None
    packed = content[start : start + int(length[1])]
    if b"/Filter" not in dictionary:
        return packed if len(packed) <= most else None
    if b"/FlateDecode" not in dictionary:
        return None
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(packed, most + 1)
    except zlib.error:
        return None
    return unpacked if unpacking.eof and len(unpacked) <= most else None
