"""A small AlmaLinux 9: its repositories, its advisories, and hosts with packages of it."""

from __future__ import annotations

from dataclasses import replace

from rpm_repository import NoticeOf, Rpm

from posture.advisories.feeds.config import Feeds, Mirror
from posture.advisories.indexes.name import IndexName
from posture.facts.host import OsRelease
from posture.facts.packages import InstalledPackages, Package

ALMA = OsRelease("almalinux", "9.4", "", "AlmaLinux 9.4", ("rhel", "centos", "fedora"))
NAME = IndexName("almalinux", "9", "x86_64")

GLIBC = Rpm("glibc", "2.34-100.el9_4.2")
BASE = [
    GLIBC,
    replace(GLIBC, architecture="i686"),
    Rpm("bash", "5.1.8-9.el9"),
    Rpm("grub2", "1:2.06-80.el9"),
    Rpm("tilde", "2.0~rc2-1.el9"),
    Rpm("caret", "1.0^git2-1.el9"),
    Rpm("tzdata", "2026b-1.el9", "noarch"),
    Rpm("became-noarch", "2.0-1.el9", "noarch"),
    Rpm("kernel-core", "5.14.0-427.el9"),
    Rpm("kernel-core", "5.14.0-503.el9"),
    Rpm("nodejs", "16.20-1.el9"),
    Rpm("nodejs", "1:18.20-2.module_el9", module="nodejs:18"),
    Rpm("nodejs", "1:20.10-3.module_el9", module="nodejs:20"),
    Rpm("npm", "1:10.1-3.module_el9", module="nodejs:20"),
    Rpm("npm", "11.0-1.el9"),
]
UPDATES = [Rpm("bash", "5.1.8-10.el9")]
NODE18, NODE20 = BASE[11], BASE[12]
NOTICES = [
    NoticeOf("ALSA-2026:1", (GLIBC, replace(GLIBC, architecture="i686")), cves=("CVE-2026-0010", "CVE-2026-0011")),
    NoticeOf("ALSA-2026:2", (NODE18,), severity="Critical", module="nodejs:18"),
    NoticeOf("ALSA-2026:3", (NODE20,), severity="Moderate", module="nodejs:20"),
    NoticeOf("ALBA-2026:4", (UPDATES[0],), kind="bugfix", severity="None", cves=()),
    NoticeOf("ALSA-2026:5", (Rpm("kernel-core", "5.14.0-503.el9"),), reboot=True),
    NoticeOf("ALSA-2026:6", (Rpm("grub2", "1:2.06-70.el9"),), severity="Low"),
]


def mirror(*repositories, **settings):
    places = {repository.folder.name: repository.folder.as_uri() for repository in repositories}
    keys = tuple(dict.fromkeys(repository.key.public for repository in repositories))
    return Feeds((), (Mirror("test", "almalinux", (), places, **{"keys": keys, **settings}),))


def host(now, *rpms, held=()):
    packages = tuple(
        Package(
            rpm.name, rpm.architecture, rpm.version, rpm.name, rpm.version, rpm.name in held, rpm.module, rpm.vendor
        )
        for rpm in (Rpm("rpm", "4.16-1"), *rpms)
    )
    return InstalledPackages("rpm", packages, (), now)


def told(result):
    return {(u.package, u.architecture): (u.candidate, u.pocket, u.security) for u in result.updates}
