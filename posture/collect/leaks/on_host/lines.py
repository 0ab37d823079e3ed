"""The lines in which a host tells what was found: one record a line, a tag first, tabs between fields."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Match

_UNSAFE = re.compile(rb"[\x00-\x1f\x7f%\x80-\xff]")


def encoded(text: str | bytes) -> bytes:
    """A field: control characters, ``%`` and bytes that are no ASCII as ``%`` and two hexadecimal digits.

    A name of the file system comes as Python decodes it, and goes out as the bytes that it was.
    """
    plain = text if isinstance(text, bytes) else _bytes(text)
    return _UNSAFE.sub(_percent, plain)


def record(tag: str, *fields: str | bytes) -> bytes:
    """One line, with its line break."""
    return b"\t".join([tag.encode("ascii")] + [encoded(field) for field in fields]) + b"\n"


def _bytes(text: str) -> bytes:
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:  # a note with letters that a locale of ASCII does not have
        return text.encode("utf-8", "replace")


def _percent(match: Match[bytes]) -> bytes:
    return b"%%%02X" % ord(match.group())
