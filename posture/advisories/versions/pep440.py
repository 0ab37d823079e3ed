"""Python versions (PEP 440) as order-preserving byte keys."""

from __future__ import annotations

import re

from packaging.version import VERSION_PATTERN

from posture.advisories.versions.digits import bounded, number
from posture.advisories.versions.errors import NotComparable

_VERSION = re.compile(rf"\s*{VERSION_PATTERN}\s*", re.VERBOSE | re.IGNORECASE | re.ASCII)
_PHASES = {"a": b"\x10", "alpha": b"\x10", "b": b"\x20", "beta": b"\x20"}  # c, pre, preview are rc
_CANDIDATE = b"\x30"


def _release(digits: str) -> bytes:
    parts = digits.split(".")
    while len(parts) > 1 and not parts[-1].strip("0"):  # 1.0 is 1
        parts.pop()
    return b"".join(b"\x02" + number(part) for part in parts) + b"\x01"


def _phase(match: re.Match[str]) -> bytes:
    """Before the release: its development, then its phases; then the release itself."""
    if match["pre_l"] is not None:
        return _PHASES.get(match["pre_l"].lower(), _CANDIDATE) + number(match["pre_n"] or "0")
    return b"\x00" if match["dev"] is not None and match["post"] is None else b"\x7f"


def _local(text: str | None) -> bytes:
    """A local version sorts after none; a number after letters."""
    if text is None:
        return b"\x00"
    pieces = [
        b"\x03" + number(piece) if piece.isdigit() else b"\x02" + piece.encode("ascii") + b"\x00"
        for piece in re.split(r"[._-]", text.lower())
    ]
    return b"\x01" + b"".join(pieces) + b"\x01"


def pep440_key(version: str) -> bytes:
    """A version as a key: keys compare as packaging.version.Version does.

    Raises:
        NotComparable: PEP 440 does not allow the version.
    """
    match = _VERSION.fullmatch(bounded(version.strip(), "PEP 440"))
    if not match:
        raise NotComparable(f"not a version of PEP 440: {version[:60]!r}")
    post = match["post_n1"] or match["post_n2"] or "0"
    return b"".join(
        (
            number(match["epoch"] or "0"),
            _release(match["release"]),
            _phase(match),
            b"\x01" + number(post) if match["post"] is not None else b"\x00",
            b"\x00" + number(match["dev_n"] or "0") if match["dev"] is not None else b"\x7f",
            _local(match["local"]),
        )
    )
