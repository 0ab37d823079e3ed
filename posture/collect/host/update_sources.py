"""Where a host gets its updates from, and how fresh its own lists are."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.unavailable import Unavailable
from posture.facts.updates import UpdateSources


def update_sources(section: Section, observed: datetime) -> UpdateSources | Unavailable:
    """The configured repositories."""
    return Unavailable("the configured repositories were not read")
