"""Several advisories about one package as one list: each flaw once, worst first, bounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from posture.advisories.flaws.ranking import worst_first
from posture.facts.flaws import Flaw

MOST_FLAWS = 50  # of one package; a report shows fewer


def merged(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Each advisory once, worst first.

    An advisory whose CVEs all stand in a larger one with the same fix (the tracker's record of a CVE beside the
    bulletin that mended it) is that one; the larger one takes over what it lacks of severity and score. With another
    fix it is one of its own: the first may have been incomplete.
    """
    flaws = tuple(flaws)
    if len(flaws) < 2:
        return flaws
    by_id: dict[str, Flaw] = {}
    for flaw in flaws:
        there = by_id.get(flaw.id)
        if there is None or _mends_better(flaw, there):
            by_id[flaw.id] = flaw
    kept: list[Flaw] = []
    holders: dict[str, set[int]] = {}
    for flaw in sorted(by_id.values(), key=lambda one: (_readiness(one), -len(one.cves), one.id)):
        within = set.intersection(*(holders.get(cve, set()) for cve in flaw.cves)) if flaw.cves else set()
        same = [place for place in within if not flaw.fixed or kept[place].fixed == flaw.fixed]
        if same:
            kept[min(same)] = _enriched(kept[min(same)], flaw)
            continue
        for cve in flaw.cves:
            holders.setdefault(cve, set()).add(len(kept))
        kept.append(flaw)
    return tuple(sorted(kept, key=worst_first))


def bounded(flaws: tuple[Flaw, ...]) -> tuple[tuple[Flaw, ...], int]:
    """The worst of them, and how many more there are."""
    return flaws[:MOST_FLAWS], max(0, len(flaws) - MOST_FLAWS)


def _readiness(flaw: Flaw) -> int:
    """A fix for everyone, one for those who pay, none."""
    return (1 if flaw.paid else 0) if flaw.fixed else 2


def _mends_better(flaw: Flaw, there: Flaw) -> bool:
    return _readiness(flaw) < _readiness(there)


def _enriched(larger: Flaw, smaller: Flaw) -> Flaw:
    known = [severity for severity in (larger.severity, smaller.severity) if severity is not None]
    scores = [score for score in (larger.score, smaller.score) if score is not None]
    return replace(larger, severity=max(known, default=None), score=max(scores, default=None))
