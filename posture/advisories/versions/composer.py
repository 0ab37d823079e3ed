"""Versions of Composer packages (composer/semver, VersionParser::normalize) as order-preserving byte keys."""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

_STABILITY = r"[._-]?(?:(stable|beta|b|RC|alpha|a|patch|pl|p)(\d*(?:[.-]\d+)*)?)?([.-]?dev)?"
_CLASSICAL = re.compile(rf"v?(\d{{1,5}})(\.\d+)?(\.\d+)?(\.\d+)?{_STABILITY}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(
    rf"v?(\d{{4}}(?:[.:-]?\d{{2}}){{1,6}}(?:[.:-]?\d{{1,3}}){{0,2}}){_STABILITY}", re.IGNORECASE | re.ASCII
)
_NUMBER = b"\x05"  # comes after the end of a version, and before a patch in its place: dates differ in length
_RANK = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "rc": 3, "": 4, "stable": 4, "patch": 6, "pl": 6, "p": 6}


def composer_key(version: str) -> bytes:
    """A version as a key: keys compare as composer/semver's Comparator compares versions; branches have no order.

    Raises:
        NotComparable: it is a branch (``dev-main``) or no version.
    """
    text = bounded(version.strip(), "Composer").partition("+")[0]
    if match := _CLASSICAL.fullmatch(text):
        numbers = [match[1], *((match[i] or ".0")[1:] for i in (2, 3, 4))]
        word, digits, dev = match[5], match[6], match[7]
    elif match := _DATE.fullmatch(text):
        numbers = re.split(r"\D", match[1])
        word, digits, dev = match[2], match[3], match[4]
    else:
        raise NotComparable(f"not a version of Composer: {version[:60]!r}")
    pieces = [_NUMBER + number(part) for part in numbers if part]
    pieces.append(_stability((word or "").lower(), digits or "", development=dev is not None))
    return b"".join(pieces)


def _stability(word: str, digits: str, *, development: bool) -> bytes:
    """Dev < alpha < beta < RC < the release < its patches; PHP's version_compare() of what normalize() makes."""
    if word == "stable":  # normalize() drops what follows it
        return bytes((_RANK[word],)) + b"\x01"
    if development and not word:
        return bytes((_RANK["dev"],)) + b"\x01"
    parts = [b"\x02" + number(part) for part in re.findall(r"\d+", digits)]
    end = b"\x00" if development else b"\x01"
    return bytes((_RANK[word],)) + b"".join(parts) + end
