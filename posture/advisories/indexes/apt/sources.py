"""The archives a machine's own apt is configured with: sources.list(5), one-line and deb822 style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from posture.advisories.errors import NoSources
from posture.advisories.indexes.apt.archive import COMPONENTS, pockets
from posture.advisories.indexes.name import IndexName

_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>[^#]+)")
_SIGNED_BY = re.compile(r"signed-by=(\S+)", re.IGNORECASE)
_SCHEMES = ("http:", "https:", "file:", "copy:", "mirror+", "mirror:", "tor+", "ftp:")
_CLASSES = ("stable", "oldstable", "oldoldstable", "testing")  # suites named for a release's age, not for the release
_NO = {"no", "false", "without", "off", "disable", "0"}  # as apt reads booleans


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One suite of one archive. `signed_by` is a key file, fingerprints or a key block; empty: whatever apt trusts.

    `optional` are further components of the official archive, which this mirror need not carry.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""
    optional: tuple[str, ...] = ()


def _one_line(text: str) -> Iterator[ArchiveEntry]:
    for line in text.splitlines():
        if match := _ONE_LINE.match(line.strip()):
            signed = _SIGNED_BY.search(match["options"] or "")
            components = tuple(match["components"].split())
            yield ArchiveEntry(match["uri"], match["suite"], components, signed[1] if signed else "")


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Deb822 paragraphs with lower-case field names; continuation lines keep their line breaks."""
    fields: dict[str, str] = {}
    name = ""
    for line in (*text.splitlines(), ""):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t":
            fields[name] = fields.get(name, "") + "\n" + line
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()


def _deb822(text: str) -> Iterator[ArchiveEntry]:
    for fields in _stanzas(text):
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "").lower() in _NO:
            continue
        components = tuple(fields.get("components", "").split())
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield ArchiveEntry(uri, suite, components, fields.get("signed-by", ""))


def entries_of(path: Path) -> tuple[ArchiveEntry, ...]:
    """The enabled binary archives in a ``.sources`` or ``.list`` file.

    Raises:
        NoSources: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NoSources(f"cannot read the archive list {path}: {error.strerror}") from error
    every = _deb822(text) if path.suffix == ".sources" else _one_line(text)
    return tuple(entry for entry in every if entry.uri.startswith(_SCHEMES))


def machine_entries(etc: Path) -> tuple[ArchiveEntry, ...]:
    """All of a machine's enabled binary archives; `etc` is its ``/etc/apt``."""
    parts = etc / "sources.list.d"
    files = [etc / "sources.list", *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    return tuple(entry for path in files if path.is_file() for entry in entries_of(path))


def from_file(path: Path, wanted: IndexName) -> tuple[ArchiveEntry, ...]:
    """What a provider's own list names for this release, as written.

    ``CODENAME/updates`` is what Debian 10 and older called the security pocket.

    Raises:
        NoSources: the file cannot be read, or names nothing for this release.
    """
    suites = {*pockets(wanted), f"{wanted.release}/updates"}
    entries = tuple(dict.fromkeys(entry for entry in entries_of(path) if entry.suite in suites))
    if not entries:
        security, _, main = pockets(wanted)
        raise NoSources(f"{path} names no archive of {wanted}: add the suites {main} and {security}")
    return entries


def _pocket_suffix(suite: str, codename: str) -> str | None:
    """What follows the release's name in a suite (empty, -updates, -security); None when it is not that release."""
    for base in (codename, *_CLASSES):
        if suite.startswith(base) and (suffix := suite.removeprefix(base)) in {"", "-updates", "-security"}:
            return suffix
    return None


def from_machine(
    entries: tuple[ArchiveEntry, ...], own: tuple[str, str], wanted: IndexName
) -> tuple[ArchiveEntry, ...]:
    """The archives of `wanted`, taken from the entries of a machine whose release is `own` (id, codename).

    For another release of the same distribution the codename in the suites is replaced. All official components are
    asked for where the mirror has them: an audited host may use more of them than this machine does.

    Raises:
        NoSources: the machine's own archives do not tell where this release is.
    """
    distribution, codename = own
    if distribution != wanted.distribution:
        raise NoSources(
            f"this machine's archives are not those of {wanted.distribution}: "
            f"name a mirror of it in the file of feeds, or archives of {wanted} in a sources file (POSTURE_APT_SOURCES)"
        )
    found = tuple(
        dict.fromkeys(
            replace(
                entry,
                suite=wanted.release + suffix,
                optional=tuple(name for name in COMPONENTS[distribution] if name not in entry.components),
            )
            for entry in entries
            if "main" in entry.components and (suffix := _pocket_suffix(entry.suite, codename)) is not None
        )
    )
    if not found:
        raise NoSources(
            f"this machine's apt sources name no {codename or 'release'} archive to find {wanted} with: "
            "name archives in a sources file (POSTURE_APT_SOURCES)"
        )
    return found
