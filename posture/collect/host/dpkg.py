"""Installed packages of dpkg."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.text import decoded, visible

_WHOLE = frozenset("iWt")  # installed; W and t only wait for other packages' triggers (dpkg-query(1), db:Status-Abbrev)
_BROKEN = frozenset("HUF")  # half-installed, unpacked, half-configured


def installed(section: Section, observed: datetime) -> InstalledPackages | Unavailable:
    """The packages of ``dpkg-query -W``; other managers are named, never taken for an empty list."""
    rows = [decoded(line).split("\t") for line in section.body.split(b"\n")]
    manager = visible(next((row[1] for row in rows if row[0] == "manager" and len(row) == 2), ""))
    if manager != "dpkg":
        return Unavailable(_without(manager))
    if ["complete"] not in rows:
        why = section.cut or f"dpkg-query failed with status {section.status}"
        return Unavailable(f"the list of installed packages could not be read whole: {why}")
    packages, broken = [], []
    for row in rows:
        if len(row) != 6:
            continue
        status, name, architecture, version, source, source_version = (visible(field.strip()) for field in row)
        if status[1:2] in _WHOLE and status[2:3] != "R":
            held = status[:1] == "h"
            packages.append(Package(name, architecture, version, source or name, source_version or version, held))
        elif status[1:2] in _BROKEN or status[2:3] == "R":
            broken.append(name)
    return InstalledPackages("dpkg", tuple(packages), tuple(broken), observed)


def _without(manager: str) -> str:
    if manager in {"rpm", "apk"}:
        return f"packages are not supported yet for {manager}; only dpkg (Debian, Ubuntu and their derivatives) is"
    return "no package manager was found on the host; only dpkg (Debian, Ubuntu and their derivatives) is supported"
