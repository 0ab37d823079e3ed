"""Packages of programming languages, from the paths and heads of what their package managers leave on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from posture.collect.host.sections import Section
from posture.collect.host.software_section import MOST, Software, products, software
from posture.facts.software import LanguagePackage, LanguagePackages
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_NAME = re.compile(r"@?[A-Za-z0-9_.~-]{1,214}(?:/[A-Za-z0-9_.~-]{1,214})?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+~^_@:/-]{0,63}")

# The binary distribution format (PyPA): name-version.dist-info; setuptools: name-version[-pyX.Y[-platform]].egg[-info].
_WHEEL = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)-(?P<version>[^-]+)\.dist-info")
_EGG = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._]*)-(?P<version>[^-]+)(?:-py[0-9.]+(?:-.+)?)?\.egg(?:-info)?")
# Gem::Specification#full_name: name-version[-platform]; platforms as of Gem::Platform
_GEM = re.compile(
    r"(?P<name>[A-Za-z0-9_.-]+?)-(?P<version>[0-9]+(?:\.[0-9A-Za-z]+)*)"
    r"(?:-(?:java|jruby|mswin|mingw|(?:x|i[3-6])86|x64|arm|aarch64|universal|powerpc|ppc|s390|riscv)[A-Za-z0-9_.-]*)?"
    r"\.gemspec"
)
_PREFIX = re.compile(r"(?P<prefix>/.+)/lib(?:64)?/python[0-9.]*/(?:site|dist)-packages")
_SHARED = re.compile(r"/usr(?:/local)?|/(?:.*/)?\.local")
_BUNDLE = re.compile(r"(?P<project>/.+?)/vendor/bundle(?:/.*)?")


def language_packages(section: Section, observed: datetime) -> LanguagePackages | Unavailable:
    """What was found, without the libraries that a web application brings along: its update renews them.

    What is a package and tells no name and version that can be read counts as unreadable: it is judged by nobody.
    """
    told = software(section)
    if isinstance(told, Unavailable):
        return told
    applications = _whole(told)
    found = dict.fromkeys(
        package
        for package in _packages(told)
        if package.ecosystem == "PyPI" or not _within(package.place, applications)
    )
    kept = [package for package in found if package.version]
    return LanguagePackages(
        packages=tuple(kept)[:MOST],
        places=told.places,
        unreadable=told.unreadable + len(found) - len(kept),
        complete=told.complete and not told.full("ygnc") and len(kept) <= MOST,
        observed=observed,
    )


def _packages(told: Software) -> Iterator[LanguagePackage]:
    for path, *_ in told.of("y"):
        yield from _owned(_python(path), told.owner_of(path))
    for path, *_ in told.of("g"):
        yield from _owned(_gem(path), told.owner_of(path))
    for path, name, version in _threes(told.of("n")):
        place, _, folder = path.removesuffix("/package.json").rpartition("/node_modules/")
        yield from _owned(_valid("npm", name or folder, version, place or "/"), told.owner_of(path))
    for path, name, version in _threes(told.of("c")):
        place = path.removesuffix("/vendor/composer/installed.json") or "/"
        yield from _owned(_valid("Packagist", name.lower(), version, place), told.owner_of(path))


def _owned(packages: Iterator[LanguagePackage], owner: str) -> Iterator[LanguagePackage]:
    return (replace(package, owner=owner) for package in packages)


def _threes(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        if len(row) == 3:
            yield row


def _valid(ecosystem: str, name: str, version: str, place: str) -> Iterator[LanguagePackage]:
    """The package; without its version where that, or its name, is not such. What tells none is nobody's package."""
    if _NAME.fullmatch(name) and _VERSION.fullmatch(version):
        yield LanguagePackage(ecosystem, name, version, visible(place))
    elif version:
        yield LanguagePackage(ecosystem, visible(name, 300), "", visible(place))


def _python(path: str) -> Iterator[LanguagePackage]:
    """By the folder that tells both; where an .egg-info tells no version it is a project's own source.

    A folder that begins with ``~`` is what an interrupted pip left behind.
    """
    parts = PurePosixPath(path).parts
    at = next((n for n, part in enumerate(parts) if part.endswith((".dist-info", ".egg-info", ".egg"))), 0)
    match = _WHEEL.fullmatch(parts[at]) or _EGG.fullmatch(parts[at])
    folder = _environment(str(PurePosixPath(*parts[:at])))
    if match:
        yield from _valid("PyPI", re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"], folder)
    elif parts[at].endswith(".dist-info") and not parts[at].startswith("~"):
        yield LanguagePackage("PyPI", visible(parts[at], 300), "", visible(folder))


def _environment(folder: str) -> str:
    """The environment or installation around a folder of packages; the folder where several Pythons share one."""
    match = _PREFIX.fullmatch(folder)
    return match["prefix"] if match and not _SHARED.fullmatch(match["prefix"]) else folder


def _gem(path: str) -> Iterator[LanguagePackage]:
    folder, _, file = path.rpartition("/")
    match = _GEM.fullmatch(file)
    if match:
        place = folder.removesuffix("/specifications") or "/"
        bundle = _BUNDLE.fullmatch(place)
        yield from _valid("RubyGems", match["name"], match["version"], bundle["project"] if bundle else place)


def _whole(told: Software) -> frozenset[str]:
    """The folders of applications that bring their libraries along."""
    known = products()
    return frozenset(
        visible(fields[1]) for fields in told.of("a")
        if len(fields) == 4 and fields[1] != "/" and fields[3] in known and known[fields[3]].whole
    )  # fmt: skip


def _within(place: str, folders: frozenset[str]) -> bool:
    return bool(folders) and (place in folders or any(str(above) in folders for above in PurePosixPath(place).parents))
