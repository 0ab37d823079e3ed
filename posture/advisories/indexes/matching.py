"""Installed packages against what the indexes offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from posture.advisories.indexes.apt.kernel_images import pending_kernel
from posture.advisories.indexes.file import Candidate, Index
from posture.advisories.indexes.name import NO_ARCHITECTURE, IndexName
from posture.advisories.versions.dpkg import NotComparable, dpkg_key
from posture.facts.packages import InstalledPackages, Package, PendingUpdate

_key = lru_cache(50_000)(dpkg_key)  # hosts share most of their packages


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of comparing one host; packages are named as dpkg does, ``name`` or ``name:architecture``."""

    updates: tuple[PendingUpdate, ...]
    compared: int
    not_comparable: tuple[str, ...]
    foreign: tuple[str, ...]
    newer: tuple[str, ...] = ()


def _pending(
    package: Package, installed: bytes, offers: tuple[Candidate, ...], name: IndexName
) -> PendingUpdate | None:
    """The update apt would offer.

    It is a security update when any version on the way to the candidate came through the security pocket: Ubuntu's
    -updates often has a later version that contains the fix.
    """
    newer = [(offer.key, offer) for offer in offers if offer.key is not None and offer.key > installed]
    if not newer:
        return None
    highest = max(key for key, _ in newer)
    best = min((offer for key, offer in newer if key == highest), key=lambda offer: name.pockets.index(offer.pocket))
    return PendingUpdate(
        package=package.name,
        architecture=package.architecture,
        source=package.source,
        installed=package.version,
        candidate=best.version,
        pocket=best.pocket,
        security=any(offer.pocket == name.pockets[0] for _, offer in newer),
        held=package.held,
    )


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
    for package in packages.packages:
        own = package.architecture in {native.architecture, NO_ARCHITECTURE}
        label = package.name if own else f"{package.name}:{package.architecture}"
        index = indexes.get(native.architecture if own else package.architecture)
        offers = index.candidates(package.name) if index else ()
        if index and not offers:
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
        elif update := _pending(package, installed, offers, native):
            updates.append(update)
    kernel = pending_kernel(packages, native, indexes, updates)
    if kernel:
        updates = [update for update in updates if update.package != kernel.package] + [kernel]
        foreign = [label for label in foreign if label != kernel.package]
        newer = [label for label in newer if label != kernel.package]
    compared = len(packages.packages) - len(unclear) - len(foreign) - len(newer)
    return Comparison(tuple(updates), compared, tuple(unclear), tuple(foreign), tuple(newer))
