"""Which engine looks for the anchors: the fastest that is installed and runs here. All of them find the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture.collect.leaks.core.plain import plain
from posture.collect.leaks.core.rule import Rules

if TYPE_CHECKING:
    from posture.collect.leaks.core.scan import Candidates


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that is ready: its name for people, and why no faster one was taken (empty if the fastest was)."""

    name: str
    candidates: Candidates
    passed_over: str = ""


def fastest(rules: Rules) -> Engine:
    """Vectorscan, else Aho-Corasick, else the standard library."""
    reasons = []
    try:
        import hyperscan  # noqa: PLC0415  an extra: not everybody has it

        from posture.collect.leaks.engines.vectorscan import vectorscan  # noqa: PLC0415

        try:
            return Engine("Vectorscan", vectorscan(rules))
        except hyperscan.error as error:
            reasons.append(f"Vectorscan does not run here ({type(error).__name__})")
    except ImportError:
        reasons.append("hyperscan is not installed")
    try:
        from posture.collect.leaks.engines.aho import aho  # noqa: PLC0415

        return Engine("Aho-Corasick", aho(rules), "; ".join(reasons))
    except ImportError:
        reasons.append("ahocorasick-rs is not installed")
    return Engine("standard library", plain(rules), "; ".join(reasons))
