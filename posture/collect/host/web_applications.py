"""Web applications on disk."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.software import InstalledApplications
from posture.facts.unavailable import Unavailable


def web_applications(section: Section, observed: datetime) -> InstalledApplications | Unavailable:
    """What was found on disk."""
    return Unavailable("web applications were not looked for")
