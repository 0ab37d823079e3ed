"""Hosts, their packages, what an index offers them, and advisories, each typical unless told otherwise."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any

from feed_file import NOW

from posture.advisories.feeds.records import Advisory, Affected, Scheme
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package, PendingUpdate, PendingUpdates

DEBIAN = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)", observed=NOW)
ALMA = OsRelease("almalinux", "8.10", "", "AlmaLinux 8.10", observed=NOW)


def advisory(name: str, *affected: Affected, **changes: Any) -> Advisory:
    """An advisory about its own CVE, unless told otherwise."""
    typical: dict[str, Any] = {"cves": (f"CVE-2026-{zlib.crc32(name.encode()) + 1000}",), "published": NOW}
    return Advisory(name, affected, **(typical | changes))


def fixed_in(version: str, name: str = "openssl", ecosystem: str = "Debian:12", **changes: Any) -> Affected:
    """All versions of a package before this one are affected."""
    scheme = changes.pop("scheme", Scheme.RPM if "Alma" in ecosystem else Scheme.DPKG)
    return Affected(ecosystem, name, scheme, fixed=version, **changes)


def package(name: str, version: str, source: str = "", source_version: str = "", **changes: Any) -> Package:
    """An installed package, of a source of its own name and version unless told otherwise."""
    return Package(name, "amd64", version, source or name, source_version or version, **changes)


def installed(*packages: Package, manager: str = "dpkg") -> InstalledPackages:
    """A host with these packages."""
    return InstalledPackages(manager, packages, (), NOW)


def update(one: Package, candidate: str, **changes: Any) -> PendingUpdate:
    """What an index offers for a package."""
    typical: dict[str, Any] = {"pocket": "bookworm-security", "security": True, "held": False}
    return PendingUpdate(one.name, one.architecture, one.source, one.version, candidate, **(typical | changes))


def offered(
    *updates: PendingUpdate,
    manager: str = "dpkg",
    signed: datetime = NOW,
    foreign: tuple[str, ...] = (),
    **changes: Any,
) -> PendingUpdates:
    """An index's answer."""
    return PendingUpdates(updates, 9, (), foreign, "an index", signed, NOW, "", NOW, manager=manager, **changes)
