from __future__ import annotations

from collections.abc import Sequence

from posture.model.finding import Finding
from posture.model.text import visible
from posture.report import limits
from posture.report.language import Language


def place(finding: Finding, words: Language) -> str:
    """Where a finding is: resource and subject, one line."""
    resource = visible(finding.resource, limits.NAME) or words.text("all resources")
    return f"{resource} · {visible(finding.subject, limits.NAME)}" if finding.subject else resource


def clipped(text: str, most: int = limits.CLIPPED) -> str:
    """A text too long for a column without its middle: names differ at both ends."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def some_places(findings: Sequence[Finding], words: Language) -> tuple[tuple[str, ...], int]:
    """A few lines that tell where findings are, and how many places they leave out.

    Up to three findings are named in full; of more, the resources, with the number of places on each.
    """
    if len(findings) <= limits.PLACES:
        return tuple(clipped(place(finding, words)) for finding in findings), 0
    on: dict[str, int] = {}
    for finding in findings:
        name = clipped(visible(finding.resource, limits.NAME) or words.text("all resources"))
        on[name] = on.get(name, 0) + 1
    lines = [name if count == 1 else f"{name}, {words.number(count, 'place')}" for name, count in on.items()]
    shown = lines if len(lines) <= limits.PLACES else lines[: limits.PLACES - 1]
    return tuple(shown), len(lines) - len(shown)


def some_names(names: Sequence[str], most: int = limits.NAMES) -> tuple[tuple[str, ...], int]:
    """The first few of some names, each once, and how many are left out."""
    every = list(dict.fromkeys(names))
    return tuple(every[:most]), max(0, len(every) - most)
