"""Which pending updates are of packages whose services can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from posture.facts.packages import InstalledPackages, PendingUpdates
from posture.facts.services import Services
from posture.facts.unavailable import Unavailable


def exposed(
    pending: PendingUpdates | Unavailable, packages: InstalledPackages | Unavailable, services: Services | Unavailable
) -> PendingUpdates | Unavailable:
    """The updates, each with the subjects of reachable services of its package or of another from the same source."""
    if isinstance(pending, Unavailable) or isinstance(packages, Unavailable) or isinstance(services, Unavailable):
        return pending
    subjects = _by_source(packages, services)
    return replace(
        pending, updates=tuple(replace(update, exposed=subjects.get(update.source, ())) for update in pending.updates)
    )


def _by_source(packages: InstalledPackages, services: Services) -> Mapping[str, tuple[str, ...]]:
    source = {package.name: package.source for package in packages.packages}
    found: dict[str, tuple[str, ...]] = {}
    for service in services.exposed():
        if service.process and service.process.package in source:
            name = source[service.process.package]
            found[name] = (*found.get(name, ()), service.subject)
    return found
