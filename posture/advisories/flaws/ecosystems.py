"""A host's release in OSV's names of ecosystems (ossf/osv-schema, ecosystems.json)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from posture.facts.host import OsRelease

_MAJOR = {"almalinux": "AlmaLinux", "rocky": "Rocky Linux", "debian": "Debian"}
_VERSION = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:\.[0-9]{1,4})?")
_SUSE_SERVER = re.compile(
    r"SUSE Linux Enterprise (?:Server|Desktop|High Performance Computing)( for SAP Applications)? (.+)"
)


def ecosystems_of(release: OsRelease, known: Iterable[str]) -> tuple[str, ...]:
    """Those of the ecosystems at hand that speak of a release, in the order of their names.

    A derivative is never judged as its parent, and a development branch (Debian testing, Alpine edge) not at all.
    Several are possible: Ubuntu and its paid programme, the repositories of Red Hat, the modules of SUSE.
    """
    pattern = _pattern(release)
    return tuple(sorted(name for name in known if pattern and re.fullmatch(pattern, name)))


def ecosystem_label(release: OsRelease) -> str:
    """What advisories of a release would be called: ``AlmaLinux:9``; its own name where OSV has none for it."""
    match = _VERSION.fullmatch(release.version_id)
    if release.id in _MAJOR and match:
        return f"{_MAJOR[release.id]}:{match[1]}"
    if release.id == "alpine" and match and match[2]:
        return f"Alpine:v{match[1]}.{match[2]}"
    if release.id == "ubuntu" and match:
        return f"Ubuntu:{release.version_id}"
    return release.name or release.id or "an unnamed system"


def _pattern(release: OsRelease) -> str:
    match = _VERSION.fullmatch(release.version_id)
    if release.id == "opensuse-tumbleweed":
        return "openSUSE:Tumbleweed"
    if not match:
        return ""
    major, minor = match[1], match[2]
    if release.id in _MAJOR:
        return re.escape(f"{_MAJOR[release.id]}:{major}")
    if release.id == "alpine" and minor:
        return re.escape(f"Alpine:v{major}.{minor}")
    if release.id == "ubuntu" and minor:
        return rf"Ubuntu:(Pro:)?{major}\.{minor}(:LTS)?"
    if release.id == "rhel":
        # From 10 on with a minor release (enterprise_linux:10.0); paid extended support has other names (rhel_eus:9.2).
        return rf"Red Hat:enterprise_linux:{major}(\.[0-9]{{1,2}})?(::.*)?"
    if release.id == "opensuse-leap":
        return re.escape(f"openSUSE:Leap {release.version_id}")
    return _suse(release)


def _suse(release: OsRelease) -> str:
    """``SUSE Linux Enterprise Server 15 SP5`` and the modules of the same service pack."""
    match = _SUSE_SERVER.fullmatch(release.name) if release.id in {"sles", "sles_sap", "sled"} else None
    if not match:
        return ""
    pack = re.escape(match[2])
    own = re.escape(release.name.removeprefix("SUSE "))
    return rf"SUSE:(?:{own}|Linux Enterprise Server {pack}|Linux Enterprise Module for .* {pack})"
