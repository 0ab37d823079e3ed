"""Hosts on which the checks of sources, automatic updates and half-installed packages fail, a text's branch each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from posture.sdk import (
    AutomaticUpdates,
    InstalledPackages,
    Installs,
    KernelState,
    OsRelease,
    Package,
    UpdateSource,
    UpdateSources,
)

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
FRESH = AT - timedelta(hours=5)

DEBIAN = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)", observed=AT)
UBUNTU = OsRelease("ubuntu", "24.04", "noble", "Ubuntu 24.04.1 LTS", ("debian",), observed=AT)
ALMA = OsRelease("almalinux", "9.4", "", "AlmaLinux 9.4 (Seafoam Ocelot)", ("rhel", "centos", "fedora"), observed=AT)
LEAP = OsRelease("opensuse-leap", "15.6", "", "openSUSE Leap 15.6", ("suse", "opensuse"), observed=AT)
ALPINE = OsRelease("alpine", "3.20.3", "", "Alpine Linux v3.20", observed=AT)

MAIN = UpdateSource(
    "bookworm main", "http://deb.example/debian", verified=True, path="/etc/apt/sources.list", origin="Debian",
    suite="oldstable", codename="bookworm", components=("main",), signed=FRESH, fetched=FRESH,
)  # fmt: skip
SECURITY = replace(
    MAIN, name="bookworm-security main", location="http://deb.example/debian-security", suite="oldstable-security",
    codename="bookworm-security", valid_until=AT + timedelta(days=6),
)  # fmt: skip
APT = UpdateSources("dpkg", (MAIN, SECURITY), FRESH, (), (), AT)

NOBLE = replace(SECURITY, name="noble-security main", origin="Ubuntu", suite="noble-security", codename="noble",
                location="http://ubuntu.example/ubuntu", valid_until=None)  # fmt: skip

BASEOS = UpdateSource(
    "baseos", "https://mirror.example/9/BaseOS", verified=True, path="/etc/yum.repos.d/almalinux.repo"
)
DNF = UpdateSources("rpm", (BASEOS, replace(BASEOS, name="appstream")), FRESH, (), (), AT)

BRANCH = UpdateSource(
    "https://alpine.example/v3.20/main", "https://alpine.example/v3.20/main", verified=True,
    path="/etc/apk/repositories", codename="v3.20", components=("main",), fetched=FRESH,
)  # fmt: skip
APK = UpdateSources("apk", (BRANCH,), FRESH, (), (), AT)

NOTHING = AutomaticUpdates("", Installs.NOTHING, "", None, (), AT)
MACHINE = KernelState("6.1.0-28-amd64", "6.1.0-28-amd64", False, (), "", AT)
WHOLE = InstalledPackages("dpkg", (Package("dpkg", "amd64", "1.21.22", "dpkg", "1.21.22"),), (), AT)


def failures() -> dict[str, tuple[tuple[Any, ...], ...]]:
    old = AT - timedelta(days=40)
    loose = {"verified": False, "path": "/etc/apt/sources.list.d/x.list"}
    late = replace(NOBLE, signed=old)
    settings = ('APT::Get::AllowUnauthenticated "1"', 'Acquire::Check-Valid-Until "0"')
    timer = {"tool": "unattended-upgrades", "missing": "apt-daily-upgrade.timer is disabled"}
    return {
        "packages.update-sources": (
            (replace(APT, sources=(MAIN,)), DEBIAN), (replace(APT, sources=()), DEBIAN),
            (replace(APT, sources=(MAIN,)), UBUNTU), (replace(APT, sources=(MAIN, replace(SECURITY, **loose))), DEBIAN),
            (replace(APT, refreshed=old), DEBIAN), (replace(APT, weakened=settings), DEBIAN),
            (replace(APT, sources=(late,)), UBUNTU),
            (replace(APT, sources=(replace(SECURITY, valid_until=old),)), DEBIAN),
            (replace(DNF, sources=(BASEOS,)), ALMA), (replace(DNF, sources=(BASEOS,)), LEAP),
            (replace(DNF, sources=()), replace(ALMA, id="rhel")),
            (replace(DNF, sources=tuple(replace(source, verified=False) for source in DNF.sources)), ALMA),
            (replace(DNF, refreshed=old), ALMA), (replace(DNF, refreshed=old), LEAP),
            (replace(APK, sources=()), ALPINE),
            (replace(APK, sources=(BRANCH, replace(BRANCH, codename="edge"))), ALPINE),
            (replace(APK, refreshed=old), ALPINE),
        ),
        "packages.automatic-updates": (
            (NOTHING, MACHINE), (replace(NOTHING, **timer), MACHINE), (replace(NOTHING, manager="rpm"), MACHINE),
            (replace(NOTHING, installs=Installs.DOWNLOADS), MACHINE), (replace(NOTHING, manager="apk"), MACHINE),
        ),
        "packages.half-installed": tuple(
            (replace(WHOLE, manager=manager, broken=broken),)
            for manager, broken in (("dpkg", ("nginx",)), ("apk", ("nginx", "musl")), ("rpm", ("glibc",)))
        ),
    }  # fmt: skip
