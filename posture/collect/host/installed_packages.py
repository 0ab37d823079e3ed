"""The installed packages, by whichever package manager the host has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from posture.collect.host import apk, dpkg, rpm
from posture.collect.host.sections import Section
from posture.facts.packages import InstalledPackages
from posture.facts.unavailable import Unavailable
from posture.model.text import decoded

MOST_ROWS = 50_000  # a full desktop has 5,000
MANAGERS: dict[str, Callable[[Section, list[list[str]], datetime], InstalledPackages | Unavailable]] = {
    "dpkg": dpkg.installed,
    "rpm": rpm.installed,
    "apk": apk.installed,
}


def installed_packages(section: Section, observed: datetime) -> InstalledPackages | Unavailable:
    """What the package manager lists; a list that is not whole, or of no known one, is never taken for a short one."""
    lines = section.body.split(b"\n", MOST_ROWS)
    if len(lines) > MOST_ROWS:
        return Unavailable(f"the host lists more than {MOST_ROWS} packages, which was not believed")
    rows = [decoded(line).split("\t") for line in lines]
    manager = next((row[1] for row in rows if row[0] == "manager" and len(row) == 2), "")
    if manager in MANAGERS:
        found = MANAGERS[manager](section, rows, observed)
        return found if isinstance(found, Unavailable) else _believed(found)
    if section.cut:
        return Unavailable(f"the list of installed packages could not be read: {section.cut}")
    return Unavailable("no package manager was found on the host; dpkg, rpm and apk are supported")


def _believed(found: InstalledPackages) -> InstalledPackages | Unavailable:
    """The list, unless it is empty or a name in it would be an option to the tools that reports name it to."""
    if not found.packages and not found.broken:
        return Unavailable(f"{found.manager} lists no package: its database is empty, or not where it is looked for")
    for name in (*(package.name for package in found.packages), *found.broken):
        if name.startswith("-"):
            return Unavailable("the host names a package that no package manager allows, so its list was not believed")
    return found
