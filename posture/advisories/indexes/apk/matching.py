"""Installed packages of apk against what the repositories offer, as ``apk upgrade`` decides.

The highest version of a name in all repositories is the candidate. A version above all on offer stays
(``apk upgrade --available`` alone would go back). Alpine has no pocket for security updates: a stable branch gets fixes
and patch levels only, pushed for a reason, but which of them mend flaws stands in its security database, which is an
advisory feed. So no update is one of security here; advisories make it one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from posture.advisories.feeds.records import Scheme
from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.offers import Candidate, Standing, Verdict
from posture.advisories.versions.order import NotComparable, key
from posture.facts.packages import InstalledPackages, Package, PendingUpdate


def compare(packages: InstalledPackages, index: Index) -> Comparison:
    """Compare every installed package with the index.

    Raises:
        Damaged: the index cannot be read.
    """
    verdicts = index.held.verdicts(packages.packages, partial(_judged, index=index))
    updates: list[PendingUpdate] = []
    apart: dict[Standing, list[str]] = {standing: [] for standing in Standing}
    for package, verdict in zip(packages.packages, verdicts, strict=True):
        if verdict.update:
            updates.append(verdict.update)
        elif verdict.standing is not Standing.CURRENT:
            apart[verdict.standing].append(package.name)
    unclear, foreign, newer = apart[Standing.UNCLEAR], apart[Standing.FOREIGN], apart[Standing.NEWER]
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))


def _judged(packages: Sequence[Package], index: Index) -> Iterator[Verdict]:
    offered = index.candidates(package.name for package in packages)
    return (_verdict(package, offered.get(package.name, ())) for package in packages)


def _verdict(package: Package, offers: tuple[Candidate, ...]) -> Verdict:
    if not offers:
        return Verdict(Standing.FOREIGN)
    keyed = [(offer.key, offer) for offer in offers if offer.key is not None]
    try:
        installed = key(Scheme.APK, package.version)
    except NotComparable:
        keyed = []
    if not keyed:
        return Verdict(Standing.UNCLEAR)
    highest, best = max(keyed, key=lambda one: one[0])
    if installed >= highest:
        return Verdict(Standing.NEWER if installed > highest else Standing.CURRENT)
    return Verdict(Standing.PENDING, _update(package, best))


def _update(package: Package, best: Candidate) -> PendingUpdate:
    return PendingUpdate(
        package=package.name,
        architecture=package.architecture,
        source=package.source,
        installed=package.version,
        candidate=best.version,
        pocket=best.pocket,
        security=False,
        held=package.held,
    )
