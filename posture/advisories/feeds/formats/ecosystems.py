"""The ecosystems of OSV: which are judged, by which version order, and which kind of package name they list.

https://ossf.github.io/osv-schema/#defined-ecosystems, schema 1.7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posture.advisories.feeds.formats.reading import Malformed, shown
from posture.advisories.feeds.records import Scheme


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """`distribution`: its name carries the release. `binary`: it lists the names of built packages, not of sources."""

    scheme: Scheme
    distribution: bool = False
    binary: bool = False


# AlmaLinux and Red Hat list every built package; Rocky lists sources (one "java-11-openjdk" for all its packages).
JUDGED = {
    "Debian": Ecosystem(Scheme.DPKG, distribution=True),
    "Ubuntu": Ecosystem(Scheme.DPKG, distribution=True),
    "Alpine": Ecosystem(Scheme.APK, distribution=True),
    "AlmaLinux": Ecosystem(Scheme.RPM, distribution=True, binary=True),
    "Rocky Linux": Ecosystem(Scheme.RPM, distribution=True),
    "Red Hat": Ecosystem(Scheme.RPM, distribution=True, binary=True),
    "SUSE": Ecosystem(Scheme.RPM, distribution=True),
    "openSUSE": Ecosystem(Scheme.RPM, distribution=True),
    "Bitnami": Ecosystem(Scheme.SEMVER),
    "PyPI": Ecosystem(Scheme.PEP440),
    "npm": Ecosystem(Scheme.SEMVER),
    "Packagist": Ecosystem(Scheme.COMPOSER),
    "RubyGems": Ecosystem(Scheme.GEM),
}

# Known to OSV, and nothing that is collected belongs to them.
NOT_JUDGED = frozenset(
    (
        *("Alpaquita", "Android", "Azure Linux", "BellSoft Hardened Containers", "Bioconductor", "Chainguard"),
        *("CleanStart", "ConanCenter", "CRAN", "crates.io", "Docker Hardened Images", "Echo", "FreeBSD", "GHC"),
        *("GIT", "GitHub Actions", "Go", "GSD", "Hackage", "Hex", "Julia", "Kubernetes", "Linux", "Mageia", "Maven"),
        *("MinimOS", "NuGet", "opam", "openEuler", "Open VSX", "OSS-Fuzz", "Photon OS", "Pub", "Root", "SwiftURL"),
        *("TuxCare", "UVI", "VSCode", "Wolfi"),
    )
)

_PAID_RED_HAT = {"rhel_aus": "AUS", "rhel_e4s": "E4S", "rhel_els": "ELS", "rhel_eus": "EUS", "rhel_tus": "TUS"}
_PYPI_SEPARATORS = re.compile(r"[-_.]+")


def judged(ecosystem: str) -> Ecosystem | None:
    """What is known of an ecosystem, by its name with or without a release; None when it is not judged.

    Raises:
        Malformed: OSV knows no such ecosystem, or a distribution's name lacks the release.
    """
    base, _, release = ecosystem.partition(":")
    known = JUDGED.get(base)
    if known is None and base not in NOT_JUDGED:
        raise Malformed(f"the ecosystem is not known: {shown(ecosystem)}")
    if known and known.distribution and not release:
        raise Malformed(f"{base} without a release")
    return known


def stored_name(ecosystem: str) -> str:
    """The ecosystem as the index names it: a repository behind a language's ecosystem is left out."""
    base = ecosystem.partition(":")[0]
    return ecosystem if base not in JUDGED or JUDGED[base].distribution else base


def package_name(ecosystem: str, name: str) -> str:
    """The package's name in the form that the ecosystem compares (PyPI: PEP 503; Composer: lower case)."""
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        return _PYPI_SEPARATORS.sub("-", name).lower()
    return name.lower() if base == "Packagist" else name


def channel(ecosystem: str, advisory: str, availability: object, purl: object) -> str:
    """The programme that has the fix, empty when everyone gets it.

    Ubuntu Pro is named by the ecosystem or by `availability`; ELTS is Freexian's, whose advisories are ``ELA-``.
    """
    parts = ecosystem.split(":")
    if parts[0] == "Ubuntu":
        paid = "Pro" in parts or (isinstance(availability, str) and "Ubuntu Pro" in availability)
        variants = [part for part in parts[1:] if part[:1].isalpha() and part not in ("Pro", "LTS")]
        return " ".join(["Ubuntu Pro", *variants]) if paid else ""
    if parts[0] == "Debian":
        freexian = isinstance(purl, str) and "extended-lts" in purl
        return "ELTS" if freexian or advisory.startswith("ELA-") else ""
    return _PAID_RED_HAT.get(parts[1], "") if parts[0] == "Red Hat" else ""
