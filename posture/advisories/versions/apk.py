"""Versions of Alpine's packages (apk-package(5), apk-tools src/version.c) as order-preserving byte keys.

``digits{.digits}[letter]{_suffix[digits]}[~hash][-rN]``. The first number and those without a leading zero compare as
numbers, one with a leading zero after the first as text. Suffixes alpha, beta, pre and rc come before the plain one,
cvs, svn, git, hg and p after it.
"""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

_PRE = {"alpha": 1, "beta": 2, "pre": 3, "rc": 4}
_POST = {"cvs": 0x0C, "svn": 0x0D, "git": 0x0E, "hg": 0x0F, "p": 0x10}
_VERSION = re.compile(
    r"(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(~[0-9a-f]+)?(?:-r(\d+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)(\d*)")

# Which token comes next decides first; the order of the tokens is that of the bytes.
_END, _REVISION, _HASH, _SUFFIX_NUMBER, _LETTER = b"\x08", b"\x09", b"\x0a", b"\x0b", b"\x20"
_AS_TEXT, _AS_NUMBER = b"\x40", b"\x41"


def _component(digits: str) -> bytes:
    if digits[0] == "0":
        return _AS_TEXT + digits.encode("ascii") + b"\x00"
    return _AS_NUMBER + number(digits)


def apk_key(version: str) -> bytes:
    """A version as a key: keys compare as ``apk version -t`` compares versions.

    Raises:
        NotComparable: apk calls the version invalid.
    """
    match = _VERSION.fullmatch(bounded(version, "apk"))
    if not match:
        raise NotComparable(f"not a version of apk: {version[:60]!r}")
    first, rest, letter, suffixes, commit, revision = match.groups()
    pieces = [_AS_NUMBER + number(first), *(_component(digits) for digits in rest.split(".")[1:])]
    if letter:
        pieces.append(_LETTER + letter.encode("ascii"))
    for name, digits in _SUFFIX.findall(suffixes):
        pieces.append(bytes((_PRE.get(name) or _POST[name],)))
        if digits:
            pieces.append(_SUFFIX_NUMBER + number(digits))
    if commit:
        pieces.append(_HASH + commit[1:].encode("ascii") + b"\x00")
    if revision is not None:
        pieces.append(_REVISION + number(revision))
    return b"".join(pieces) + _END
