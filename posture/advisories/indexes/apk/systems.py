"""Alpine's branches and architectures, in apk's words."""

from __future__ import annotations

import re
from collections import Counter

from posture.advisories.errors import NoSources
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages
from posture.model.text import visible

DISTRIBUTION = "alpine"
TITLE = "Alpine Linux"
EDGE = "edge"
NO_ARCHITECTURE = "noarch"
ARCHITECTURES = frozenset(
    ("x86_64", "x86", "aarch64", "armv7", "armhf", "ppc64le", "s390x", "riscv64", "loongarch64", "mips64")
)

# 3.20.3 and 3.21.0_rc2 are of a branch; 3.22.0_alpha20250108 is what edge calls itself (main/alpine-base).
_VERSION = re.compile(r"([0-9]{1,2}\.[0-9]{1,3})(?:\.[0-9]{1,3})?(_alpha[0-9]*|_rc[0-9]*|_git[0-9]*)?")
_BRANCH = re.compile(r"v[0-9]{1,2}\.[0-9]{1,3}|edge")
_TELLING = ("apk-tools", "musl", "busybox")


def branch_of(release: OsRelease) -> str:
    """The branch that a host gets its packages from: ``v3.20``, ``edge``.

    Raises:
        NoSources: its version is none.
    """
    match = _VERSION.fullmatch(release.version_id)
    if match is None:
        raise NoSources(f"{visible(release.version_id, 40)!r} is not a version of {TITLE}")
    return EDGE if (match[2] or "").startswith("_alpha") else f"v{match[1]}"


def is_branch(name: str) -> bool:
    """Whether it is the name of a branch."""
    return _BRANCH.fullmatch(name) is not None


def architecture_of(packages: InstalledPackages) -> str:
    """The architecture of the host: a system of apk has one only.

    Raises:
        NoSources: no package tells one.
    """
    found = Counter(package.architecture for package in packages.packages if package.architecture in ARCHITECTURES)
    for package in packages.packages:
        if package.name in _TELLING and package.architecture in ARCHITECTURES:
            return package.architecture
    if not found:
        raise NoSources("no installed package tells an architecture that is known")
    return max(sorted(found), key=found.__getitem__)
