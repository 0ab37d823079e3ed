"""Which sources a release needs to get security updates, and how they are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from posture.sdk import OsRelease, UpdateSource

_OLD_DEBIAN = frozenset({"jessie", "stretch", "buster"})  # whose security archive was called CODENAME/updates
_DEBIAN_ALIASES = re.compile(r"(old){0,2}stable(-security|/updates)")
_ENTERPRISE = frozenset({"almalinux", "rocky", "rhel", "centos", "ol", "oraclelinux", "eurolinux", "circle"})
_SUSE_ENTERPRISE = frozenset({"sles", "sled", "sles_sap"})

# Repositories beside the one whose name they share, which bring no updates of what is installed.
_BESIDE = re.compile(r"(?<![a-z])(testing|sources?|src|debug(info)?|archive|modular)(?![a-z])")

# What is needed, and how a repository's name, or its path in the line below, tells that it is that.
_BASE = {"baseos": r"(?<![a-z])baseos(?![a-z])", "appstream": r"(?<![a-z])appstream(?![a-z])"}
_UPDATES = {"updates": r"(?<![a-z])updates(?![a-z]|/testing)"}
# Of their seventh releases only CentOS kept updates apart; the others' one repository holds every version.
_SEVENTH = {
    "centos": _UPDATES,
    "rhel": {
        "rhel-7-server-rpms": (
            r"(?<![a-z])rhel-7-(server|workstation|client|hpc-node|for-(system-z|power|power-le|power-9|arm-64))"
            r"(-(rhui|els|eus|e4s|aus|tus))*-rpms|rhui-.*-rhel-server-releases(?!-)"
            r"|/rhel/(rhui/)?(server|workstation|client)/7/[^/]+/[^/]+/(rhui/)?os(/|$)"
        ),
    },
    "ol": {"ol7_latest": r"(?<![a-z])ol7_((x86_64|aarch64)_)?latest(?![a-z_])|/oraclelinux/ol7/latest/"},
}  # fmt: skip
_LEAP = {"repo-update": r"(?<![a-z])repo-update(?![a-z-])|/update/leap/[^/]+/oss(/|$)"}
# Since 15.3 most of Leap is built for SUSE Linux Enterprise, and so are its updates.
_LEAP_OF_SLE = {
    "repo-sle-update": r"(?<![a-z])(repo-sle-update|update-sle|sle-updates?)(?![a-z])|/update/leap/[^/]+/sle(/|$)"
}
# Each module and product has updates of its own; those of the system are the base system's, before 15 the product's.
_SUSE_BASE = (
    r"^(?!.*(module|product)-(?!basesystem)).*-updates(?![a-z])"
    r"|/updates/(sle-module-basesystem|sle-server|sle-desktop|sle-sap)/"
)


@dataclass(frozen=True, slots=True)
class Needed:
    """What is looked for: `words`, each of which a source must match, as `kind` says. Empty: not known.

    `signs` are regular expressions for the words, for repositories of rpm.
    """

    kind: str = ""  # apt, rpm, apk
    words: tuple[str, ...] = ()
    codename: str = ""
    signs: tuple[str, ...] = ()


def needed(system: OsRelease) -> Needed:
    """The sources that bring security updates to this release; nothing for systems that are not known here."""
    code = system.codename
    if system.id == "debian" and code and system.version_id:
        return Needed("apt", (f"{code}/updates" if code in _OLD_DEBIAN else f"{code}-security",), code)
    if system.id == "ubuntu" and code:
        return Needed("apt", (f"{code}-security",), code)
    if system.id == "alpine" and re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", system.version_id):
        branch = system.version_id.rpartition(".")[0]
        return Needed("apk", (f"v{branch}/main",), f"v{branch}")
    repositories = _repositories(system)
    return Needed("rpm", tuple(repositories), "", tuple(repositories.values())) if repositories else Needed()


def _repositories(system: OsRelease) -> Mapping[str, str]:
    """Of a release made of rpm packages, by name; none where they are not known."""
    major, _, minor = system.version_id.partition(".")
    if not re.fullmatch(r"[0-9]{1,4}", major):
        return {}
    number = int(major)
    if system.id in _ENTERPRISE:
        return _BASE if number >= 8 else _SEVENTH.get(system.id, {}) if number == 7 else {}
    if system.id == "fedora":
        return _UPDATES
    if system.id == "opensuse-leap" and number in {42, 15}:
        return _LEAP_OF_SLE if number == 15 and minor in {"3", "4", "5", "6"} else _LEAP
    if system.id in _SUSE_ENTERPRISE and number in {12, 15}:
        pack = f"{major}-SP{minor}" if minor else major
        return {f"SLE-Module-Basesystem{pack}-Updates" if number == 15 else f"SLES{pack}-Updates": _SUSE_BASE}
    return {}


def missing(want: Needed, enabled: Iterable[UpdateSource]) -> tuple[str, ...]:
    """The words that no enabled source matches."""
    found = tuple(enabled)
    return tuple(word for word in want.words if not any(_matches(want, word, source) for source in found))


def of_other_releases(want: Needed, enabled: Iterable[UpdateSource]) -> tuple[UpdateSource, ...]:
    """Alpine's sources of another branch; those with a tag (@edge) are used for the packages that ask for it only."""
    if want.kind != "apk":
        return ()
    known = {"", "latest-stable", want.codename}
    return tuple(source for source in enabled if source.codename not in known and not source.name.startswith("@"))


def _matches(want: Needed, word: str, source: UpdateSource) -> bool:
    if want.kind == "apt":
        return _security(want.codename, source)
    if want.kind == "apk":
        return source.codename in {want.codename, "latest-stable"} and "main" in source.components
    name = source.name.lower()
    path = re.sub(r"^[a-z0-9+.-]+://[^/]*", "", source.location.lower())  # a host may be called updates.example
    sign = want.signs[want.words.index(word)]
    return not _BESIDE.search(name) and re.search(sign, f"{name}\n{path}") is not None


def _security(codename: str, source: UpdateSource) -> bool:
    """A suite by the release's name, or an alias of Debian's that the list fetched from it does not contradict."""
    suite = source.name.partition(" ")[0]
    if source.components and "main" not in source.components:
        return False
    own = {f"{codename}-security", f"{codename}/updates"}
    if suite in own or source.codename in own:
        return True
    return _DEBIAN_ALIASES.fullmatch(suite) is not None and source.codename in {"", codename}
