"""What an index is of, a release of a distribution for one architecture, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posture.facts.host import OsRelease

# Lower-case id -> what the signed index gives as its Origin, and the components that make up the official archive.
ORIGINS = {"debian": "Debian", "ubuntu": "Ubuntu"}
COMPONENTS = {
    "debian": ("main", "contrib", "non-free", "non-free-firmware"),
    "ubuntu": ("main", "restricted", "universe", "multiverse"),
}
NO_ARCHITECTURE = "all"

# Those that the distributions' archives are built for, in dpkg's words (dpkg-architecture(1)).
ARCHITECTURES = frozenset(
    ("amd64", "arm64", "armel", "armhf", "i386", "loong64", "mips64el", "mipsel", "ppc64el", "riscv64", "s390x")
)


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
