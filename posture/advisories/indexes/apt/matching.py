"""Installed packages against what the indexes offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from posture.advisories.indexes.apt.archive import NO_ARCHITECTURE, pockets
from posture.advisories.indexes.apt.kernel_images import pending_kernel
from posture.advisories.indexes.family import Comparison
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Candidate, Standing, Verdict
from posture.advisories.versions.dpkg import NotComparable, dpkg_key
from posture.facts.packages import InstalledPackages, Package, PendingUpdate

_CURRENT = Verdict(Standing.CURRENT)


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


def _judged(packages: Sequence[Package], native: IndexName, index: Index) -> Iterator[Verdict]:
    order = pockets(native)
    offered = index.candidates(package.name for package in packages)
    for package in packages:
        yield _verdict(package, offered.get(package.name, ()), order)


def _verdict(package: Package, offers: tuple[Candidate, ...], order: tuple[str, ...]) -> Verdict:
    if not offers:
        return Verdict(Standing.FOREIGN)
    if len(offers) == 1 and offers[0].version == package.version and offers[0].key is not None:
        return _CURRENT
    installed = _installed_key(package.version, offers)
    if installed is None:
        return Verdict(Standing.UNCLEAR)
    keys = [offer.key for offer in offers if offer.key is not None]
    if not keys:
        return Verdict(Standing.UNCLEAR)
    if installed > max(keys):
        return Verdict(Standing.NEWER)
    update = _pending(package, installed, offers, order)
    return Verdict(Standing.PENDING, update) if update else _CURRENT


def _installed_key(version: str, offers: tuple[Candidate, ...]) -> bytes | None:
    """Most hosts have a version that is on offer: its key stands in the index."""
    for offer in offers:
        if offer.version == version:
            return offer.key
    try:
        return dpkg_key(version)
    except NotComparable:
        return None


def _verdicts(packages: InstalledPackages, native: IndexName, indexes: Mapping[str, Index]) -> Iterator[Verdict]:
    """The verdict of each package by the index of its architecture, in their order."""
    by_index: dict[str, list[Package]] = {architecture: [] for architecture in indexes}
    architectures = [
        native.architecture if package.architecture == NO_ARCHITECTURE else package.architecture
        for package in packages.packages
    ]
    for architecture, package in zip(architectures, packages.packages, strict=True):
        if architecture in by_index:
            by_index[architecture].append(package)
    found = {
        architecture: iter(
            indexes[architecture].held.verdicts(own, partial(_judged, native=native, index=indexes[architecture]))
        )
        for architecture, own in by_index.items()
    }
    unknown = Verdict(Standing.UNCLEAR)
    return (next(found[architecture]) if architecture in found else unknown for architecture in architectures)


def compare(packages: InstalledPackages, native: IndexName, indexes: Mapping[str, Index]) -> Comparison:
    """Compare every installed package with the index of its architecture.

    A package newer than all on offer (from backports, say) is not compared: nobody here knows what fixes it. One of an
    architecture without an index is not comparable. The kernel image that boots is also compared with those of other
    names.

    Raises:
        Damaged: an index cannot be read.
    """
    updates: list[PendingUpdate] = []
    apart: dict[Standing, list[str]] = {standing: [] for standing in Standing}
    for package, verdict in zip(packages.packages, _verdicts(packages, native, indexes), strict=True):
        if verdict.update:
            updates.append(verdict.update)
        elif verdict.standing is not Standing.CURRENT:
            own = package.architecture in {native.architecture, NO_ARCHITECTURE}
            apart[verdict.standing].append(package.name if own else f"{package.name}:{package.architecture}")
    unclear, foreign, newer = apart[Standing.UNCLEAR], apart[Standing.FOREIGN], apart[Standing.NEWER]
    kernel = pending_kernel(packages, native, indexes, updates)
    if kernel:
        updates = [update for update in updates if update.package != kernel.package] + [kernel]
        foreign = [label for label in foreign if label != kernel.package]
        newer = [label for label in newer if label != kernel.package]
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))
