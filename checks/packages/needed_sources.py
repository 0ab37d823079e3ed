"""Which sources a release needs to get security updates, and how they are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from posture.sdk import OsRelease, UpdateSource

_OLD_DEBIAN = frozenset({"jessie", "stretch", "buster"})  # whose security archive was called CODENAME/updates
_DEBIAN_ALIASES = re.compile(r"(old){0,2}stable(-security|/updates)")
# SLE_15_SP5-Updates, SLES15-SP5-Updates, repo-update, repo-sle-update, /update/leap/15.6/oss; not those of backports,
# non-free programs, sources and debug symbols.
_SUSE_UPDATES = re.compile(r"-updates(?![a-z-])|repo-(sle-)?update(?![a-z-])|/update/leap/[0-9.]+/(oss|sle)(/|\s|$)")
_ENTERPRISE = frozenset({"almalinux", "rocky", "rhel", "centos", "ol", "oraclelinux", "eurolinux", "circle"})


@dataclass(frozen=True, slots=True)
class Needed:
    """What is looked for: `words`, each of which a source must match, as `kind` says. Empty: not known."""

    kind: str = ""  # apt, rpm, suse, apk
    words: tuple[str, ...] = ()
    codename: str = ""


def needed(system: OsRelease) -> Needed:
    """The sources that bring security updates to this release; nothing for systems that are not known here."""
    code = system.codename
    major = system.version_id.partition(".")[0]
    if system.id == "debian" and code and system.version_id:
        return Needed("apt", (f"{code}/updates" if code in _OLD_DEBIAN else f"{code}-security",), code)
    if system.id == "ubuntu" and code:
        return Needed("apt", (f"{code}-security",), code)
    if system.id in _ENTERPRISE and major.isdecimal():
        if int(major[:4]) >= 8:
            return Needed("rpm", ("baseos", "appstream"))
        # Only CentOS had a repository of updates; those of RHEL 7 and Oracle Linux 7 hold all versions.
        return Needed("rpm", ("updates",)) if system.id == "centos" else Needed()
    if system.id == "fedora" and major.isdecimal():
        return Needed("rpm", ("updates",))
    if system.id in {"opensuse-leap", "sles", "sled", "sles_sap"}:
        return Needed("suse", ("update",))
    if system.id == "alpine" and re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", system.version_id):
        branch = system.version_id.rpartition(".")[0]
        return Needed("apk", (f"v{branch}/main",), f"v{branch}")
    return Needed()


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
    path = re.sub(r"^[a-z+.-]+://[^/]*", "", source.location.lower())  # a host may be called updates.example
    text = f"{source.name.lower()} {path}"
    if want.kind == "suse":
        return _SUSE_UPDATES.search(text) is not None
    return re.search(rf"(?<![a-z]){re.escape(word)}(?!-?(?:testing|source|debug|archive))", text) is not None


def _security(codename: str, source: UpdateSource) -> bool:
    """A suite by the release's name, or an alias of Debian's that the list fetched from it does not contradict."""
    suite = source.name.partition(" ")[0]
    if source.components and "main" not in source.components:
        return False
    own = {f"{codename}-security", f"{codename}/updates"}
    if suite in own or source.codename in own:
        return True
    return _DEBIAN_ALIASES.fullmatch(suite) is not None and source.codename in {"", codename}
