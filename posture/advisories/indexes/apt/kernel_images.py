"""The kernel image that boots against images of other names: a new kernel comes as a new package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from posture.advisories.indexes.apt.archive import pockets
from posture.advisories.indexes.file import Index
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.offers import Candidate
from posture.advisories.versions.dpkg import NotComparable, dpkg_key
from posture.facts.packages import InstalledPackages, Package, PendingUpdate

_BEGINNING = "linux-image-"

# linux-image-6.1.0-28-cloud-amd64, linux-image-unsigned-6.8.0-48-generic: without its version the name is the flavour.
_VERSIONED = re.compile(r"linux-image-(unsigned-)?[0-9][0-9A-Za-z.+~]*(?:-[0-9][0-9A-Za-z.+~]*)?-([a-z0-9][a-z0-9.-]*)")


def pending_kernel(
    packages: InstalledPackages, native: IndexName, indexes: Mapping[str, Index], found: Iterable[PendingUpdate]
) -> PendingUpdate | None:
    """The update of the newest installed kernel image that no update of `found` brings, None when there is none.

    Most hosts have a metapackage (linux-image-amd64) that depends on the newest image; where it is pending, it brings
    the image. Without one nothing does, and the old name has left the index or stands there unchanged. Compared are
    images of one source and flavour: those of another source are another line of kernels.

    Raises:
        Damaged: the index cannot be read.
    """
    newest = _newest(packages, native)
    if newest is None or any(u.package.startswith(_BEGINNING) and not _flavour(u.package) for u in found):
        return None
    image, installed = newest
    offers = [
        (offer.key, name, offer)
        for name, offer in indexes[native.architecture].of_source(image.source, _BEGINNING)
        if offer.key is not None and offer.key > installed and _flavour(name) == _flavour(image.name)
    ]
    if not offers:
        return None
    highest = max(key for key, _, _ in offers)
    top = [(name, offer) for key, name, offer in offers if key == highest]
    name, best = min(top, key=lambda one: pockets(native).index(one[1].pocket))
    if name == image.name:
        return None
    security = any(offer.pocket == pockets(native)[0] for _, _, offer in offers)
    return _update(image, name, best, security=security)


def _newest(packages: InstalledPackages, native: IndexName) -> tuple[Package, bytes] | None:
    """The image that boots unless somebody chose another, and the key of its version."""
    images: list[tuple[bytes, Package]] = []
    for package in packages.packages:
        if not package.name.startswith(_BEGINNING) or package.architecture != native.architecture:
            continue  # nearly all of them: no pattern is tried on those
        if not _flavour(package.name):
            continue
        try:
            images.append((dpkg_key(package.version), package))
        except NotComparable:
            continue  # named as such where all packages are compared
    if not images:
        return None
    key, package = max(images, key=lambda one: (one[0], one[1].name))
    return package, key


def _flavour(name: str) -> str:
    """``unsigned-generic``, ``cloud-amd64``; empty when it is no image, or no version stands in its name."""
    # -dbg holds the debug symbols of an image
    match = _VERSIONED.fullmatch(name)
    return (match[1] or "") + match[2] if match and not name.endswith("-dbg") else ""


def _update(image: Package, name: str, best: Candidate, *, security: bool) -> PendingUpdate:
    return PendingUpdate(
        package=image.name,
        architecture=image.architecture,
        source=image.source,
        installed=image.version,
        candidate=best.version,
        pocket=best.pocket,
        security=security,
        held=image.held,
        replaced_by=name,
    )
