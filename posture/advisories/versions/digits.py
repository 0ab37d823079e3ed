"""Numbers of any length as bytes that sort as the numbers do."""

from __future__ import annotations

from posture.advisories.versions.errors import NotComparable

MOST = 256  # characters of a version; the longest real ones have about 80


def number(digits: str) -> bytes:
    """ASCII digits as a key: longer numbers are larger; of equal length, the digits decide."""
    digits = digits.lstrip("0")
    size = len(digits)
    prefix = bytes((size,)) if size < 0xFF else b"\xff" + size.to_bytes(8, "big")
    return prefix + digits.encode("ascii")


def bounded(version: str, what: str) -> str:
    """The version, if it is short and plain enough to be one.

    Raises:
        NotComparable: it is empty, longer than any version, or holds what is not printable ASCII.
    """
    if not version or len(version) > MOST or not (version.isascii() and version.isprintable()):
        raise NotComparable(f"not a version of {what}: {version[:60]!r}")
    return version
