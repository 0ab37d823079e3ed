"""Installed packages against what the indexes offer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from posture.advisories.indexes.apt.archive import NO_ARCHITECTURE, pockets
from posture.advisories.indexes.apt.kernel_images import pending_kernel
from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Candidate
from posture.advisories.versions.dpkg import NotComparable, dpkg_key
from posture.facts.packages import InstalledPackages, Package, PendingUpdate

_key = lru_cache(50_000)(dpkg_key)  # hosts share most of their packages


def _pending(
    package: Package, installed: bytes, offers: tuple[Candidate, ...], order: tuple[str, ...]
) -> PendingUpdate | None:
    """The update apt would offer.

    It is a security update when any version on the way to the candidate came through the security pocket: Ubuntu's
    -updates often has a later version that contains the fix.
    """
    newer = [(offer.key, offer) for offer in offers if offer.key is not None and offer.key > installed]
    if not newer:
        return None
    highest = max(key for key, _ in newer)
    best = min((offer for key, offer in newer if key == highest), key=lambda offer: order.index(offer.pocket))
    return PendingUpdate(
        package=package.name,
        architecture=package.architecture,
        source=package.source,
        installed=package.version,
        candidate=best.version,
        pocket=best.pocket,
        security=any(offer.pocket == order[0] for _, offer in newer),
        held=package.held,
    )


def _offered(
    packages: InstalledPackages, native: IndexName, indexes: Mapping[str, Index]
) -> dict[str, dict[str, tuple[Candidate, ...]]]:
    """What is on offer of the installed names, by architecture: one reading of each index."""
    names: dict[str, list[str]] = {architecture: [] for architecture in indexes}
    for package in packages.packages:
        none = package.architecture == NO_ARCHITECTURE
        architecture = native.architecture if none else package.architecture
        if architecture in names:
            names[architecture].append(package.name)
    return {architecture: index.candidates(names[architecture]) for architecture, index in indexes.items()}


def compare(packages: InstalledPackages, native: IndexName, indexes: Mapping[str, Index]) -> Comparison:
    """Compare every installed package with the index of its architecture.

    A package newer than all on offer (from backports, say) is not compared: nobody here knows what fixes it. One of an
    architecture without an index is not comparable. The kernel image that boots is also compared with those of other
    names.

    Raises:
        Damaged: an index cannot be read.
    """
    updates: list[PendingUpdate] = []
    unclear: list[str] = []
    foreign: list[str] = []
    newer: list[str] = []
    order = pockets(native)
    offered = _offered(packages, native, indexes)
    for package in packages.packages:
        own = package.architecture in {native.architecture, NO_ARCHITECTURE}
        label = package.name if own else f"{package.name}:{package.architecture}"
        known = offered.get(native.architecture if own else package.architecture)
        offers = known.get(package.name, ()) if known is not None else ()
        if known is not None and not offers:
            foreign.append(label)
            continue
        try:
            installed = _key(package.version)
        except NotComparable:
            unclear.append(label)
            continue
        keys = [offer.key for offer in offers if offer.key is not None]
        if not keys:
            unclear.append(label)
        elif installed > max(keys):
            newer.append(label)
        elif update := _pending(package, installed, offers, order):
            updates.append(update)
    kernel = pending_kernel(packages, native, indexes, updates)
    if kernel:
        updates = [update for update in updates if update.package != kernel.package] + [kernel]
        foreign = [label for label in foreign if label != kernel.package]
        newer = [label for label in newer if label != kernel.package]
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))
