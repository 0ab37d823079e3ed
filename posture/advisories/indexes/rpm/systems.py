"""The distributions with RPM repositories: their releases, architectures, and who builds their packages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from posture.advisories.errors import NoSources
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package
from posture.model.text import visible

NO_ARCHITECTURE = "noarch"
ARCHITECTURES = frozenset(("x86_64", "x86_64_v2", "aarch64", "ppc64le", "s390x", "riscv64", "i686", "armv7hl"))
_FOREIGN_BUILD = re.compile(r"\.(tuxcare|els|cloudlinux|lve)\b|\.tuxcare", re.IGNORECASE)
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class System:
    """One distribution. `release` picks from VERSION_ID what a repository is of; `vendors` are beginnings of VENDOR."""

    title: str
    release: re.Pattern[str]
    vendors: tuple[str, ...]


_MAJOR = re.compile(r"([0-9]{1,2})(?:\.[0-9]{1,3})?")
_WHOLE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,2})?)")

# os-release's ids. VENDOR is what the distribution's own build system writes into each package.
SYSTEMS = {
    "almalinux": System("AlmaLinux", _MAJOR, ("AlmaLinux",)),
    "rocky": System("Rocky Linux", _MAJOR, ("Rocky",)),
    "centos": System("CentOS Stream", _MAJOR, ("CentOS",)),
    "rhel": System("Red Hat Enterprise Linux", _MAJOR, ("Red Hat",)),
    "ol": System("Oracle Linux", _MAJOR, ("Oracle",)),
    "fedora": System("Fedora", re.compile(r"([0-9]{2})"), ("Fedora Project",)),
    "amzn": System("Amazon Linux", re.compile(r"(2|20[0-9]{2})(?:\.[0-9.]+)?"), ("Amazon",)),
    "opensuse-leap": System("openSUSE Leap", _WHOLE, ("openSUSE", "SUSE LLC")),
    "sles": System("SUSE Linux Enterprise Server", _WHOLE, ("SUSE LLC",)),
}


def release_of(release: OsRelease) -> str:
    """The release that a repository is of: ``9`` for 9.4, ``15.6``.

    Raises:
        NoSources: the host's version is none.
    """
    system = SYSTEMS[release.id]
    match = system.release.fullmatch(release.version_id)
    if match is None:
        raise NoSources(f"{visible(release.version_id, _SHOWN)!r} is not a version of {system.title}")
    return match[1]


def architecture_of(packages: InstalledPackages) -> str:
    """The architecture that rpm itself was built for; without it, the commonest one.

    Raises:
        NoSources: no package tells one.
    """
    for package in packages.packages:
        if package.name == "rpm" and package.architecture in ARCHITECTURES:
            return package.architecture
    found = Counter(package.architecture for package in packages.packages if package.architecture in ARCHITECTURES)
    if not found:
        raise NoSources("no installed package tells an architecture that is known")
    return max(sorted(found), key=found.__getitem__)


def is_official(package: Package, distribution: str) -> bool:
    """Whether the distribution itself built a package, by its vendor; one without a vendor may be anybody's.

    Extended support rebuilds packages under their names and vendors and tells it in the release (``.tuxcare.els1``).
    """
    if _FOREIGN_BUILD.search(package.version):
        return False
    vendors = SYSTEMS[distribution].vendors
    return not package.vendor or package.vendor.casefold().startswith(tuple(vendor.casefold() for vendor in vendors))
