"""Installed packages of apk against what the repositories offer, as ``apk upgrade`` decides.

The highest version of a name in all repositories is the candidate. A version above all on offer stays
(``apk upgrade --available`` alone would go back). Alpine has no pocket for security updates: a stable branch gets fixes
and patch levels only, pushed for a reason, but which of them mend flaws stands in its security database, which is an
advisory feed. So no update is one of security here; advisories make it one.
"""

from __future__ import annotations

from posture.advisories.feeds.records import Scheme
from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.versions.order import NotComparable, key
from posture.facts.packages import InstalledPackages, PendingUpdate


def compare(packages: InstalledPackages, index: Index) -> Comparison:
    """Compare every installed package with the index.

    Raises:
        Damaged: the index cannot be read.
    """
    updates: list[PendingUpdate] = []
    unclear: list[str] = []
    foreign: list[str] = []
    newer: list[str] = []
    offered = index.candidates(package.name for package in packages.packages)
    for package in packages.packages:
        offers = offered.get(package.name, ())
        if not offers:
            foreign.append(package.name)
            continue
        keyed = [(offer.key, offer) for offer in offers if offer.key is not None]
        try:
            installed = key(Scheme.APK, package.version)
        except NotComparable:
            keyed = []
        if not keyed:
            unclear.append(package.name)
            continue
        highest, best = max(keyed, key=lambda one: one[0])
        if installed > highest:
            newer.append(package.name)
        elif installed < highest:
            updates.append(
                PendingUpdate(
                    package=package.name,
                    architecture=package.architecture,
                    source=package.source,
                    installed=package.version,
                    candidate=best.version,
                    pocket=best.pocket,
                    security=False,
                    held=package.held,
                )
            )
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))
