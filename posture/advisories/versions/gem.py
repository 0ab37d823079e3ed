"""Versions of Ruby gems (Gem::Version) as order-preserving byte keys."""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")
_TEXT, _ZEROS, _NUMBER = b"\x01", b"\x02", b"\x03"


def _kept(segments: list[str]) -> list[str]:
    """Without the zeros that count for nothing: those at the end, and those right before the first letters."""
    first = next((i for i, segment in enumerate(segments) if segment.isalpha()), len(segments))
    head, tail = segments[:first], segments[first:]
    while head and not head[-1].strip("0"):
        head.pop()
    while tail and tail[-1].isdigit() and not tail[-1].strip("0"):
        tail.pop()
    return [*head, *tail]


def gem_key(version: str) -> bytes:
    """A version as a key: keys compare as Gem::Version's ``<=>``; text comes before numbers, so it marks a prerelease.

    Where one version has ended, the other goes on against 0: text is below that, any number but 0 above.

    Raises:
        NotComparable: RubyGems calls the version malformed.
    """
    text = bounded(version.strip(), "RubyGems")
    if not _VERSION.fullmatch(text):
        raise NotComparable(f"not a version of RubyGems: {version[:60]!r}")
    segments = _kept(_SEGMENT.findall(text.replace("-", ".pre.")))
    pieces: list[bytes] = []
    for segment in segments:
        if segment.isalpha():
            pieces.append(_TEXT + segment.encode("ascii") + b"\x00")
        elif segment.strip("0"):
            pieces.append(_NUMBER + number(segment))
        else:
            pieces.append(_ZEROS)
    return b"".join(pieces) + _ZEROS
