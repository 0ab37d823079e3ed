"""Which secrets the beginning of a served file holds: their kinds, never a value."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

MOST_KINDS = 5


def secrets_in(path: str, raw: bytes) -> tuple[str, ...]:
    """One line that names the kinds of secrets and how many there are of each; none where none is known."""
    from posture.collect.leaks.detector import kinds_in  # noqa: PLC0415  rules and engines load only where files lie open

    # A copy (wp-config.php.bak) is read as what it is a copy of.
    found = Counter(kinds_in(_original(path), raw))
    if not found:
        return ()
    named = [f"{kind} ({count})" if count > 1 else kind for kind, count in found.most_common(MOST_KINDS)]
    more = f" and {len(found) - MOST_KINDS} more kinds" if len(found) > MOST_KINDS else ""
    return (f"secrets in what was read of it: {', '.join(named)}{more}; values not shown",)


def _original(path: str) -> str:
    name = PurePosixPath(path).name.rstrip("~")
    for ending in (".bak", ".save", ".old", ".orig"):
        name = name.removesuffix(ending)
    return name
