"""Semantic versions (semver 2.0.0) as order-preserving byte keys."""

from __future__ import annotations

import re

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

# Two numbers or one, and more than three, as publishers of npm and Bitnami data write them; a fourth is compared, too.
_VERSION = re.compile(r"[vV=]?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII)
_RELEASE, _NUMERIC, _TEXT, _END = b"\xff", b"\x02", b"\x03", b"\x01"


def _identifier(text: str) -> bytes:
    """Section 11.4: numbers before text, in numeric and in ASCII order."""
    return _NUMERIC + number(text) if text.isdigit() else _TEXT + text.encode("ascii") + b"\x00"


def semver_key(version: str) -> bytes:
    """A version as a key: keys compare by precedence (semver 2.0.0, section 11); build metadata counts for nothing.

    ``1.2`` is ``1.2.0``, and ``1.2.3.4`` comes after ``1.2.3``: publishers write both.

    Raises:
        NotComparable: it is no such version.
    """
    match = _VERSION.fullmatch(bounded(version.strip(), "semver"))
    if not match:
        raise NotComparable(f"not a semantic version: {version[:60]!r}")
    numbers = match[1].split(".")
    numbers += ["0"] * (3 - len(numbers))
    while len(numbers) > 3 and not numbers[-1].strip("0"):
        numbers.pop()
    core = b"".join(number(part) for part in numbers[:3])
    more = b"".join(_NUMERIC + number(part) for part in numbers[3:]) + _END
    if match[2] is None:
        return core + more + _RELEASE
    identifiers = match[2].split(".")
    if not all(identifiers):
        raise NotComparable(f"an identifier is empty: {version[:60]!r}")
    return core + more + b"".join(map(_identifier, identifiers)) + _END
