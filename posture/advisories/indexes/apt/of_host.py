"""The indexes that a host's packages are compared with. What the host says of itself chooses among known names only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.advisories.indexes.apt.archive import ARCHITECTURES, NO_ARCHITECTURE, ORIGINS, why_unknown
from posture.advisories.indexes.name import IndexName
from posture.advisories.release_life import MACHINE_DATA, release_table
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages
from posture.model.text import visible

MOST_FOREIGN = 2  # i386 beside amd64 is common, a second one rare; each costs fetching an archive
_SHOWN = 40  # characters of a name that is none


def index_name(release: OsRelease, architecture: str, tables: Path = MACHINE_DATA) -> IndexName:
    """The index that answers for a host of this release.

    Distribution, codename and architecture come from the host and end up in file names, archive addresses and what
    apt-get is run for: only those of the tables are taken.

    Raises:
        NoSources: there is none, by the distribution or by names that are none.
    """
    if why := why_unknown(release):
        raise NoSources(why)
    table = release_table(release.id, tables)
    if release.codename not in table.codenames:
        raise NoSources(
            f"{visible(release.codename, _SHOWN)!r} is not the codename of a release of {ORIGINS[release.id]} in the "
            f"table of {table.dated:%Y-%m-%d}: update distro-info-data on the auditor's machine if it is a new one"
        )
    if release.codename not in table.released:
        raise NoSources(
            f"{ORIGINS[release.id]} {release.codename} is not released: fixes reach a development branch among all "
            "other changes, so which of them are of security is not told"
        )
    if architecture not in ARCHITECTURES:
        raise NoSources(f"not an architecture of {ORIGINS[release.id]}: {visible(architecture, _SHOWN)!r}")
    return IndexName(release.id, release.codename, architecture)


def may_exist(name: IndexName, tables: Path = MACHINE_DATA) -> bool:
    """Whether a host could ask for this index."""
    return (
        name.distribution in ORIGINS
        and name.architecture in ARCHITECTURES
        and name.release in release_table(name.distribution, tables).codenames
    )


def native_architecture(packages: InstalledPackages) -> str:
    """The architecture dpkg itself was built for; without it, the commonest one; empty when there is none."""
    built = [package for package in packages.packages if package.architecture != NO_ARCHITECTURE]
    for package in built:
        if package.name == "dpkg":
            return package.architecture
    commonest = Counter(package.architecture for package in built).most_common(1)
    return commonest[0][0] if commonest else ""


def needed_indexes(
    release: OsRelease, packages: InstalledPackages, tables: Path = MACHINE_DATA
) -> tuple[IndexName, ...]:
    """The indexes to refresh before a host is judged: that of its own architecture, then of the commonest foreign ones.

    Packages of further architectures are not comparable.

    Raises:
        NoSources: no index can answer for this host.
    """
    native = index_name(release, native_architecture(packages), tables)
    foreign = Counter(p.architecture for p in packages.packages if p.architecture in ARCHITECTURES)
    del foreign[native.architecture]
    most = sorted(foreign, key=lambda architecture: (-foreign[architecture], architecture))[:MOST_FOREIGN]
    return (native, *(replace(native, architecture=architecture) for architecture in most))
