from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 180.0
_NARROWEST = 3.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: its kind, where it begins and how wide it is, in the units of the drawing."""

    kind: str
    x: float
    width: float


def segments(counts: Sequence[tuple[str, int]], width: float = WIDTH) -> tuple[Segment, ...]:
    """The pieces of a bar in proportion to their counts; one of many is still wide enough to be seen."""
    shown = [(kind, count) for kind, count in counts if count > 0]
    total = sum(count for _, count in shown)
    wanted = [max(_NARROWEST, width * count / total) for _, count in shown]
    scale = width / sum(wanted) if wanted else 0.0
    found: list[Segment] = []
    x = 0.0
    for (kind, _), piece in zip(shown, wanted, strict=True):
        found.append(Segment(kind, round(x, 1), round(max(piece * scale - 1, 1), 1)))
        x += piece * scale
    return tuple(found)
