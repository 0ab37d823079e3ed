"""Installed packages of apk, from its database (apk-tools, doc/apk-package.5; ``f:`` as its database.c reads it)."""

from __future__ import annotations

import re
from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.packages import InstalledPackages, Package
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

_BROKEN = frozenset("fsx")  # files, a script, or extended attributes failed; S only tells the kind of checksum
_PINNED = re.compile(r"([^<>=~@!]+)(?:@[^<>=~]+)?(?:=|<|~)(?!<)")  # apk-world(5): name, @tag, then what it is held to


def installed(section: Section, rows: list[list[str]], observed: datetime) -> InstalledPackages | Unavailable:
    """The packages of the database: name, version, architecture, origin, what is broken, maintainer.

    Held are those that /etc/apk/world pins to a version. A package's source has its version.
    """
    if ["complete"] not in rows:
        why = section.cut or "/lib/apk/db/installed could not be read to its end"
        return Unavailable(f"the list of installed packages could not be read whole: {why}")
    pinned = {match[1] for row in rows if row[0] == "world" and (match := _PINNED.match(row[-1].strip()))}
    packages, broken = [], []
    for row in rows:
        if row[0] != "p":
            continue
        if len(row) != 7 or not row[1] or not row[2]:
            return Unavailable("the package database /lib/apk/db/installed is damaged: apk fix repairs it")
        name, version, architecture, origin, faults, maintainer = (visible(field.strip()) for field in row[1:])
        if name.startswith("."):  # made by apk add --virtual: a list of dependencies
            continue
        held = name in pinned
        packages.append(Package(name, architecture, version, origin or name, version, held=held, vendor=maintainer))
        if _BROKEN.intersection(faults):
            broken.append(name)
    return InstalledPackages("apk", tuple(packages), tuple(broken), observed)
