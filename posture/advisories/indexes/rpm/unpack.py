"""Unpack a file of a repository as a stream that ends where it should: a small file may hold terabytes of zeros."""

from __future__ import annotations

import lzma
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from posture.advisories.errors import Refused
from posture.advisories.unpackers import CHUNK, MOST_MEMORY, Unpacker, bzip2_unpacker, gzip_unpacker, xz_unpacker

_UNPACKERS: dict[str, Callable[[], Unpacker]] = {".gz": gzip_unpacker, ".xz": xz_unpacker, ".bz2": bzip2_unpacker}


def unpacked(path: Path, name: str, most: int) -> Iterator[bytes]:
    """The content of a file by the ending of its `name`; at most `most` bytes.

    Raises:
        Refused: it holds more, is damaged or cut short, or is packed in a way that cannot be unpacked here.
    """
    count = 0
    for chunk in _content(path, Path(name).suffix):
        count += len(chunk)
        if count > most:
            raise Refused(f"{name} holds more than the {most} bytes that it may")
        yield chunk


def _content(path: Path, ending: str) -> Iterator[bytes]:
    if ending in {".xml", ".yaml"}:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    elif ending == ".zst":
        yield from _zstd(path)
    elif unpacker := _UNPACKERS.get(ending):
        yield from _streamed(path, unpacker)
    else:
        raise Refused(f"files packed as {ending!r} are not read; gz, xz, bz2 and zst are")


def _streamed(path: Path, make: Callable[[], Unpacker]) -> Iterator[bytes]:
    unpacker = make()
    with path.open("rb") as file:
        while not unpacker.eof:
            data = file.read(CHUNK) if unpacker.needs_input else b""
            if not data and unpacker.needs_input:
                raise Refused("it cannot be unpacked: it is cut short")
            try:
                yield unpacker.decompress(data, CHUNK)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise Refused(f"it cannot be unpacked: {error}") from error
        if unpacker.unused_data or file.read(1):
            raise Refused("it cannot be unpacked: something follows its end")


def _zstd(path: Path) -> Iterator[bytes]:
    """Through the program zstd, as Python has no unpacker of its own."""
    command = ["zstd", "-dcq", f"--memory={MOST_MEMORY >> 20}MB", "--", str(path)]
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise Refused("it is packed with zstd: install the program zstd on the auditor's machine") from error
    with process:
        assert process.stdout  # noqa: S101  asked for above
        try:
            while chunk := process.stdout.read(CHUNK):
                yield chunk
        finally:
            process.stdout.close()
            status = process.wait()
        if status:
            raise Refused("it cannot be unpacked: zstd found it damaged, cut short, or too costly")
