"""Whether security updates are installed by themselves."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.unavailable import Unavailable
from posture.facts.updates import AutomaticUpdates


def automatic_updates(section: Section, observed: datetime) -> AutomaticUpdates | Unavailable:
    """What is configured to install updates."""
    return Unavailable("the settings of automatic updates were not read")
