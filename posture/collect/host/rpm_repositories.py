"""The repositories of dnf, yum and zypper (dnf.conf(5), yum.conf(5), zypper(8)), and how old their metadata is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from posture.collect.host.update_lines import ConfigFile, UpdateLines
from posture.facts.updates import UpdateSource
from posture.model.text import visible

Section = dict[str, str]

_NO = frozenset({"0", "no", "false", "off"})
_MOST = 1000  # repositories
_MAIN = ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/usr/share/dnf5/libdnf.conf.d/", "/etc/dnf/libdnf5.conf.d/")
_REPOSITORIES = (
    "/usr/share/dnf5/repos.d/", "/etc/yum.repos.d/", "/etc/distro.repos.d/", "/etc/zypp/repos.d/",
)  # fmt: skip
_CACHES = (
    re.compile(r"/var/cache/(?:dnf|libdnf5)/([^/]+)-[0-9a-f]{16}/repodata/"),
    re.compile(r"/var/cache/zypp/raw/([^/]+)/repodata/"),
    re.compile(r"/var/cache/yum/(?:[^/]+/[^/]+/)?([^/]+)/repomd\.xml"),
)


def rpm_repositories(lines: UpdateLines) -> tuple[UpdateSource, ...]:
    """Every repository of the .repo files, with the overrides of dnf5 and the defaults of the main configuration."""
    found: dict[str, tuple[str, Section]] = {}
    for file in lines.below(*_REPOSITORIES):
        for name, section in sections(file):
            found[name] = (file.path, section)
    for file in lines.below("/etc/dnf/repos.override.d/"):
        for name, section in sections(file):
            if name in found:
                found[name][1].update(section)
    fetched = _fetched(lines)
    main = rpm_main(lines)
    every = [_source(name, path, section, main) for name, (path, section) in list(found.items())[:_MOST]]
    return tuple(_dated(source, *fetched.get(source.name, (None, None))) for source in every)


def rpm_main(lines: UpdateLines) -> Section:
    """The [main] section of dnf's or yum's configuration."""
    main: Section = {}
    for file in lines.below(*_MAIN):
        for name, section in sections(file):
            if name == "main":
                main.update(section)
    return main


def rpm_excludes(lines: UpdateLines) -> tuple[str, ...]:
    """What exclude= keeps from being updated, from all repositories or from one."""
    found: list[str] = []
    for file in lines.below(*_MAIN, *_REPOSITORIES):
        for name, section in sections(file):
            keys = [key for key in ("exclude", "excludepkgs") if section.get(key)]
            found += [f"[{name}] {key}={section[key]} ({file.path})" for key in keys]
    return tuple(visible(text) for text in found[:200])


def sections(file: ConfigFile) -> Iterator[tuple[str, Section]]:
    """The sections of an INI file; a line that begins with a space goes on with the one before."""
    name, key = "", ""
    section: Section = {}
    for line in (*file.lines, "[]"):
        if line.startswith("["):
            if name:
                yield name, section
            name, key, section = visible(line[1:].partition("]")[0], 120), "", {}
        elif line[:1] in " \t":
            if key:
                section[key] += f" {line.strip()}"
        else:
            key, _, value = line.partition("=")
            key = key.strip().lower()
            section[key] = value.strip()


def _source(name: str, path: str, section: Section, main: Section) -> UpdateSource:
    words = (section.get("baseurl") or section.get("metalink") or section.get("mirrorlist") or "").split()
    return UpdateSource(
        name=name,
        location=visible(words[0].partition("?")[0]) if words else "",
        enabled=section.get("enabled", "1").lower() not in _NO,
        verified=_verified(path, section, main),
        path=visible(path),
    )


def _verified(path: str, section: Section, main: Section) -> bool | None:
    """Whether packages or the metadata that holds their checksums must be signed.

    dnf and yum check nothing unless told to; zypper does unless told not to. None where neither file said.
    """
    zypper = path.startswith("/etc/zypp/")
    keys = ("gpgcheck", "pkg_gpgcheck", "repo_gpgcheck")
    told = [section.get(key, "" if zypper else main.get(key, "")).lower() for key in keys]
    if zypper:
        return told[0] not in _NO or any(value and value not in _NO for value in told[1:])
    if not any(told):
        return False if main else None
    return any(value and value not in _NO for value in told)


def _fetched(lines: UpdateLines) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Of each repository in the cache when its metadata was fetched, and when it was made (repomd's revision)."""
    found: dict[str, tuple[datetime | None, datetime | None]] = {}
    for path, when in lines.written.items():
        if name := _cached(path):
            before, made = found.get(name, (None, None))
            found[name] = (max(before, when.modified) if before else when.modified, made or _revision(lines, path))
    return found


def _cached(path: str) -> str:
    return visible(next((match[1] for cache in _CACHES if (match := cache.match(path))), ""), 120)


def _revision(lines: UpdateLines, path: str) -> datetime | None:
    value = lines.heads.get(path, {}).get("revision", "")
    return datetime.fromtimestamp(int(value), UTC) if re.fullmatch(r"[0-9]{9,11}", value) else None


def _dated(source: UpdateSource, fetched: datetime | None, signed: datetime | None) -> UpdateSource:
    return UpdateSource(
        source.name, source.location, source.enabled, source.verified, source.path, fetched=fetched, signed=signed
    )
