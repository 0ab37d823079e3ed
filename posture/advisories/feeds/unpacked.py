"""A packed file as a stream of what it holds, with bounded memory."""

from __future__ import annotations

import io
from typing import BinaryIO

from posture.advisories.unpackers import CHUNK, Unpacker, unpacker_for

PACKED_ENDINGS = (".gz", ".xz", ".bz2")


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
                data, self._waiting = self._waiting or self._file.read(CHUNK), b""
                if not data:
                    raise EOFError("it ends in the middle")
            if piece := self._unpacker.decompress(data, len(buffer)):
                buffer[: len(piece)] = piece
                return len(piece)
        return 0

    def _begin_next(self, rest: bytes) -> None:
        """Zeros behind the end are padding."""
        rest = rest.lstrip(b"\0")
        while len(rest) < 8 and (more := self._file.read(CHUNK)):
            rest = (rest + more).lstrip(b"\0")
        self._unpacker = unpacker_for(rest)
        self._waiting = rest
        if rest and self._unpacker is None:
            raise ValueError("something else follows its end")
