"""Which sources a release needs to get security updates, and how they are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from posture.sdk import OsRelease, UpdateSource

_OLD_DEBIAN = frozenset({"jessie", "stretch", "buster"})  # whose security archive was called CODENAME/updates
_DEBIAN_ALIASES = re.compile(r"(old){0,2}stable(-security|/updates)")
_ENTERPRISE = frozenset({"almalinux", "rocky", "rhel", "centos", "ol", "oraclelinux", "eurolinux", "circle"})


@dataclass(frozen=True, slots=True)
class Needed:
    """What is looked for: `words`, each of which a source must match, as `kind` says. Empty: not known."""

    kind: str = ""  # apt, rpm, apk
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
        return Needed("rpm", ("baseos", "appstream") if int(major[:4]) >= 8 else ("updates",))
    if system.id == "fedora" and major.isdecimal():
        return Needed("rpm", ("updates",))
    if system.id in {"opensuse-leap", "sles", "sled", "sles_sap"}:
        return Needed("rpm", ("update",))
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
    text = f"{source.name} {source.location}".lower()
    return re.search(rf"(?<![a-z]){re.escape(word)}(?!-?(?:testing|source|debug))", text) is not None


def _security(codename: str, source: UpdateSource) -> bool:
    """A suite by the release's name, or an alias of Debian's that the list fetched from it does not contradict."""
    suite = source.name.partition(" ")[0]
    own = {f"{codename}-security", f"{codename}/updates"}
    if suite in own or source.codename in own:
        return True
    return _DEBIAN_ALIASES.fullmatch(suite) is not None and source.codename in {"", codename}
