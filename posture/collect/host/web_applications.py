"""Web applications on disk, by the files that tell their versions."""

from __future__ import annotations

import re
from datetime import datetime

from posture.collect.host.sections import Section
from posture.collect.host.software_section import Software, products, software
from posture.facts.software import InstalledApplication, InstalledApplications
from posture.facts.unavailable import Unavailable
from posture.model.text import visible

MOST = 5000
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,39}")


def web_applications(section: Section, observed: datetime) -> InstalledApplications | Unavailable:
    """What was found, each application once, whatever the number of its files that tell a version."""
    told = software(section)
    if isinstance(told, Unavailable):
        return told
    found: dict[tuple[str, str, str], InstalledApplication] = {}
    for fields in told.of("a"):
        application = _application(fields, told)
        if application is None:
            continue
        identity = application.product, application.place, application.extension
        if identity not in found or (application.version and not found[identity].version):
            found[identity] = application
    return InstalledApplications(
        applications=tuple(found.values())[:MOST],
        places=told.places,
        unreadable=told.unreadable,
        complete=told.complete and not told.full("a") and len(found) <= MOST,
        observed=observed,
    )


def _application(fields: tuple[str, ...], told: Software) -> InstalledApplication | None:
    """A line: its file, folder, version, product, extension. None for what no collector of ours says."""
    file, place, version, name, extension = (*fields, "", "", "", "", "")[:5]
    product = products().get(name)
    if product is None or not place.startswith("/"):
        return None
    return InstalledApplication(
        product=product.name,
        version=version.strip(".+-") if _VERSION.fullmatch(version) else "",
        place=visible(place),
        extension=visible(extension, 128),
        owner=told.owner_of(file if file != place else place.rpartition("/")[0]),
    )
