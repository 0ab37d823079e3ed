"""Installed packages of dpkg."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_WHOLE = frozenset("iWt")  # installed; W and t only wait for other packages' triggers (dpkg-query(1), db:Status-Abbrev)
_BROKEN = frozenset("HUF")  # half-installed, unpacked, half-configured


def installed(section: Section, rows: list[list[str]], observed: datetime) -> InstalledPackages | Unavailable:
    """The packages of ``dpkg-query -W``: state, name, architecture, version, source and its version, who built it."""
    if ["complete"] not in rows:
        why = section.cut or f"dpkg-query failed with status {section.status}"
        return Unavailable(f"the list of installed packages could not be read whole: {why}")
    packages, broken = [], []
    for row in rows:
        if len(row) < 8:
            continue
        status, name, architecture, version, source, source_version, origin, maintainer = (
            visible(field.strip()) for field in row[:8]
        )
        if status[1:2] in _WHOLE and status[2:3] != "R":
            held, vendor = status[:1] == "h", origin or maintainer
            packages.append(
                Package(
                    name, architecture, version, source or name, source_version or version, held=held, vendor=vendor
                )
            )
        elif status[1:2] in _BROKEN or status[2:3] == "R":
            broken.append(name)
    return InstalledPackages("dpkg", tuple(packages), tuple(broken), observed)
