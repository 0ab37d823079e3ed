"""The distributions whose archives apt reads: how they name themselves, their pockets and their architectures."""

from __future__ import annotations

from posture.advisories.indexes.name import IndexName
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


def pockets(name: IndexName) -> tuple[str, str, str]:
    """The parts of the archive a supported host gets updates from, in the order of preference at equal version."""
    return f"{name.release}-security", f"{name.release}-updates", name.release


def why_unknown(release: OsRelease) -> str:
    """Why there is no official data of this release, or an empty text when there is."""
    if release.id in ORIGINS:
        return ""
    name = release.name or release.id or "an unnamed system"
    if set(release.like) & set(ORIGINS):
        return f"{name} is a derivative; derivatives are not judged as their parent"
    return f"{name} is not known; Debian and Ubuntu are"
