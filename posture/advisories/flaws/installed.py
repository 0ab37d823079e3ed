"""Installed packages as advisories name them: by source and source version, or by binary package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from posture.facts.packages import Package

# Signed kernels are packages of a source of their own, whose version says nothing; theirs is that of the kernel:
# linux-signed-amd64, linux-signed-6.1-amd64 (Debian), linux-signed, linux-signed-hwe-6.8 (Ubuntu).
_SIGNED = re.compile(r"linux-signed(?:-(.+))?")
_DEBIAN_PORTS = frozenset({"amd64", "arm64", "i386"})
# linux-image-6.1.0-28-amd64: a new kernel comes as a new package, and the old one stays.
_KERNEL = re.compile(r"linux-(?:image|headers|modules|modules-extra|tools|buildinfo|kbuild)-(?:unsigned-)?[0-9].*")

KERNEL_NAMES = {"dpkg": "linux-", "rpm": "kernel"}
"""Package manager -> how the names of the packages begin that are installed in several versions."""


def source_of(package: Package) -> tuple[str, str]:
    """The source package that advisories name for an installed one, and its version."""
    if not package.source.startswith("linux-signed"):
        return package.source, package.source_version
    match = _SIGNED.fullmatch(package.source)
    if not match:
        return package.source, package.source_version
    parts = [part for part in (match[1] or "").split("-") if part and part not in _DEBIAN_PORTS]
    return "-".join(("linux", *parts)), package.version


def newest_only(kernels: Iterable[Package], manager: str, key: Callable[[str], bytes | None]) -> Iterator[Package]:
    """Of several kernels the newest one.

    rpm keeps several kernels side by side under one name (installonlypkgs of dnf.conf(5), multiversion of zypp.conf),
    dpkg under several names. Old ones are kept to boot from in need; that the newest one does not run is a matter of
    its own (a reboot).
    """
    groups: dict[tuple[str, ...], list[Package]] = {}
    for package in kernels:
        groups.setdefault(_group(package, manager), []).append(package)
    for group in groups.values():
        yield from group if len(group) == 1 else _newest(group, key)


def _group(package: Package, manager: str) -> tuple[str, ...]:
    if manager == "dpkg" and _KERNEL.fullmatch(package.name):
        return "", package.architecture, source_of(package)[0]
    return package.name, package.architecture, ""


def _newest(group: Iterable[Package], key: Callable[[str], bytes | None]) -> Iterator[Package]:
    keyed = [(key(package.version), package) for package in group]
    highest = max((found for found, _ in keyed if found is not None), default=None)
    return (package for found, package in keyed if found is None or found == highest)
