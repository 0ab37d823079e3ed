"""What a process that searched somebody's folders may say, and how much of it is believed."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

_FOUND = re.compile(
    rb"(?:S\t(?P<secret>/[ -~]+)\t[ -~]+\t[0-7]{1,4}\t[ -~]+\t[a-z0-9-]{1,40}\t[0-9]{1,9}\t[ -~]{0,30}"
    rb"\thmac:[0-9a-f]{32}\t[a-z]{3,8}\t-?[0-9]{0,12}\t[ -~]*\t[ -~]*"
    rb"|L\t(?P<loose>/[ -~]+)\t[ -~]+\t[0-7]{1,4}\t[ -~]+\t[ -~]+)"
)
_PLACE = re.compile(rb"B\t/[ -~]{0,4000}")
_OWNED = re.compile(rb"H\t([0-9]{1,10})\t([0-9]{1,10})\t([01])\t(/[ -~]{1,8000})")
_PASSED = re.compile(rb"P\t([ -~]{1,2000})")
_END = re.compile(rb"E\t([0-9]{1,9})\t([0-9]{1,9})\t([0-9]{1,9})\t([0-9]{1,9})\t([ -~]{0,200})")


class Owned(NamedTuple):
    """A folder that belongs to an account other than root: it is searched with that account's rights.

    `dots`: only what begins with a dot, as of `Place`.
    """

    uid: int
    gid: int
    dots: bool
    path: str


class End(NamedTuple):
    """The last word of a search: which limit ended it, and how many files it read.

    `denied`, `longer` and `failed` count what could not be opened, was read in part, and could not be judged.
    """

    files: int
    denied: int
    longer: int
    failed: int
    limit: str


def found(line: bytes, below: list[bytes] | None) -> bool:
    """Whether a line tells a find, in a path below one of these (None: anywhere)."""
    match = _FOUND.fullmatch(line)
    if match is None:
        return False
    path = match.group("secret") or match.group("loose")
    return below is None or (path.startswith(tuple(below)) and b"/../" not in path and b"/./" not in path)


def place(line: bytes) -> bool:
    """Whether a line names a place that is searched."""
    return _PLACE.fullmatch(line) is not None


def owned(line: bytes) -> Owned | None:
    """The folder of somebody else that a line names."""
    match = _OWNED.fullmatch(line)
    if match is None:
        return None
    return Owned(int(match.group(1)), int(match.group(2)), match.group(3) == b"1", decoded(match.group(4)))


def passed_by(line: bytes) -> str:
    """What a line says was passed by; empty where it says no such thing."""
    match = _PASSED.fullmatch(line)
    return decoded(match.group(1)) if match else ""


def end(line: bytes) -> End | None:
    """The last word."""
    match = _END.fullmatch(line)
    if match is None:
        return None
    files, denied, longer, failed = (int(match.group(group)) for group in (1, 2, 3, 4))
    return End(files, denied, longer, failed, decoded(match.group(5)))


def decoded(field: bytes) -> str:
    """A field as it was before it was encoded."""
    return os.fsdecode(re.sub(rb"%([0-9A-F]{2})", lambda pair: bytes([int(pair.group(1), 16)]), field))
