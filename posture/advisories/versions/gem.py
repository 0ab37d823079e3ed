"""Versions of Ruby gems (Gem::Version) as order-preserving byte keys."""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")

# A version that has ended goes on as zeros. So a run of zeros before text is below the end, and the longer, the nearer
# to it; before a number it is above the end, and the longer, the nearer.
_TEXT, _ZEROS_THEN_TEXT, _END, _ZEROS_THEN_NUMBER, _NUMBER = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"


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

    Raises:
        NotComparable: RubyGems calls the version malformed.
    """
    text = bounded(version.strip(), "RubyGems")
    if not _VERSION.fullmatch(text):
        raise NotComparable(f"not a version of RubyGems: {version[:60]!r}")
    pieces: list[bytes] = []
    zeros = 0
    for segment in _kept(_SEGMENT.findall(text.replace("-", ".pre."))):
        if segment.isdigit() and not segment.strip("0"):
            zeros += 1
            continue
        if zeros:
            pieces.append(
                _ZEROS_THEN_TEXT + bytes((zeros,)) if segment.isalpha() else _ZEROS_THEN_NUMBER + bytes((0xFF - zeros,))
            )
            zeros = 0
        pieces.append(_TEXT + segment.encode("ascii") + b"\x00" if segment.isalpha() else _NUMBER + number(segment))
    return b"".join(pieces) + _END
