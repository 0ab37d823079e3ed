"""Which index answers for a host: its distribution, release and architecture."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages

# Lower-case id -> what the signed index gives as its Origin, and the components that make up the official archive.
ORIGINS = {"debian": "Debian", "ubuntu": "Ubuntu"}
COMPONENTS = {
    "debian": ("main", "contrib", "non-free", "non-free-firmware"),
    "ubuntu": ("main", "restricted", "universe", "multiverse"),
}
NO_ARCHITECTURE = "all"

# Both come from the audited host and end up in file names and archive addresses.
_CODENAME = re.compile(r"[a-z]{2,30}")
_ARCHITECTURE = re.compile(r"[a-z0-9][a-z0-9-]{1,20}")


@dataclass(frozen=True, slots=True, order=True)
class IndexName:
    """A release of a distribution for one architecture, in dpkg's words."""

    distribution: str
    codename: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.codename} {self.architecture}"

    @property
    def pockets(self) -> tuple[str, str, str]:
        """The parts of the archive a supported host gets updates from, in the order of preference at equal version."""
        return f"{self.codename}-security", f"{self.codename}-updates", self.codename


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Where the files of an index lie."""

    folder: Path
    name: IndexName

    def file(self, ending: str) -> Path:
        """One of its files: sqlite (the index itself), lock, failed.json."""
        return self.folder / f"{self.name.distribution}-{self.name.codename}-{self.name.architecture}.{ending}"


def places(folder: Path, *endings: str) -> tuple[IndexPlace, ...]:
    """The indexes that have a file of one of these endings in a folder."""
    stems = {path.name.removesuffix(f".{end}") for end in endings for path in folder.glob(f"*-*-*.{end}")}
    return tuple(IndexPlace(folder, IndexName(*stem.split("-", 2))) for stem in sorted(stems))


def why_unknown(release: OsRelease) -> str:
    """Why there is no official data of this release, or an empty text when there is."""
    if release.id in ORIGINS:
        return ""
    name = release.name or release.id or "an unnamed system"
    if set(release.like) & set(ORIGINS):
        return f"{name} is a derivative; derivatives are not judged as their parent"
    return f"{name} is not known; Debian and Ubuntu are"


def index_name(release: OsRelease, architecture: str) -> IndexName:
    """The index that answers for a host of this release.

    Raises:
        NoSources: there is none, by the distribution or by names that are none.
    """
    if why := why_unknown(release):
        raise NoSources(why)
    if not _CODENAME.fullmatch(release.codename):
        raise NoSources(f"the codename of the host's release is not a codename: {release.codename!r}")
    if not _ARCHITECTURE.fullmatch(architecture) or architecture == NO_ARCHITECTURE:
        raise NoSources(f"not an architecture: {architecture!r}")
    return IndexName(release.id, release.codename, architecture)


def native_architecture(packages: InstalledPackages) -> str:
    """The architecture dpkg itself was built for; without it, the commonest one; empty when there is none."""
    built = [package for package in packages.packages if package.architecture != NO_ARCHITECTURE]
    for package in built:
        if package.name == "dpkg":
            return package.architecture
    commonest = Counter(package.architecture for package in built).most_common(1)
    return commonest[0][0] if commonest else ""


def needed_indexes(release: OsRelease, packages: InstalledPackages) -> tuple[IndexName, ...]:
    """The indexes to refresh before a host is judged: that of its own architecture first, then foreign ones.

    Raises:
        NoSources: no index can answer for this host.
    """
    native = native_architecture(packages)
    foreign = {package.architecture for package in packages.packages} - {native, NO_ARCHITECTURE}
    valid = sorted(architecture for architecture in foreign if _ARCHITECTURE.fullmatch(architecture))
    return tuple(index_name(release, architecture) for architecture in (native, *valid))
