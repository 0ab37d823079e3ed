"""The members of a ZIP that may lie about everything: names, sizes, ratios, offsets."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

MOST: Final = 64 << 20  # bytes of a bundle as a file
_WHOLE: Final = 128 << 20  # bytes of all members together
_MEMBERS: Final = 64
_RATIO: Final = 200  # of a member's sizes; text of reports has less than 30
_SMALL: Final = 1 << 20  # bytes of a member whose ratio says nothing
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# What zipfile raises over damaged files; ValueError for a seek before the beginning, and for no UTF-8.
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, RuntimeError,
)  # fmt: skip
_ENTRY: Final = b"PK\x01\x02"  # of the central directory (APPNOTE.TXT, 4.3.12)


class NoBundle(ValueError):
    """It is no ZIP that this program could have written; the message says why."""


def members(content: bytes) -> dict[str, bytes]:
    """The members by name, each read whole.

    Raises:
        NoBundle: it is damaged, or has more, larger, hidden or strangely named members.
    """
    if len(content) > MOST:
        raise NoBundle(f"it has more than {MOST} bytes")
    # Counted before the directory is read: each entry becomes an object that is far larger than itself.
    if content.count(_ENTRY) > 2 * _MEMBERS:
        raise NoBundle(f"it has more than {_MEMBERS} members")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            _refuse(bundle.infolist())
            return _read(bundle)
    except NoBundle:
        raise
    except _DAMAGED as error:
        raise NoBundle(f"it is damaged: {error}") from error


def _refuse(infos: Sequence[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(infos) > _MEMBERS:
        raise NoBundle(f"it has more than {_MEMBERS} members")
    if len({name.lower() for name in names}) != len(names):
        raise NoBundle("it has a member twice")
    # zipfile ends a name at a NUL; other programs may not.
    if not all(_NAME.fullmatch(info.orig_filename) for info in infos):
        raise NoBundle("it has a folder or a strange name in it, which no bundle has")
    for info in infos:
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or info.flag_bits & 1:
            raise NoBundle(f"{info.filename} is packed or locked in a way that no bundle is")
        if info.file_size > max(_SMALL, _RATIO * info.compress_size):
            raise NoBundle(f"{info.filename} unpacks to more than {_RATIO} times its size")
    if sum(info.file_size for info in infos) > _WHOLE:
        raise NoBundle(f"it unpacks to more than {_WHOLE} bytes")


def _read(bundle: zipfile.ZipFile) -> dict[str, bytes]:
    """What is there, whatever sizes the directory told."""
    read: dict[str, bytes] = {}
    left = _WHOLE
    for info in bundle.infolist():
        with bundle.open(info) as stream:
            inner = stream.read(left + 1)
        left -= len(inner)
        if left < 0:
            raise NoBundle(f"it unpacks to more than {_WHOLE} bytes")
        read[info.filename] = inner
    return read
