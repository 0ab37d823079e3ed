"""Packages of programming languages."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.software import LanguagePackages
from posture.facts.unavailable import Unavailable


def language_packages(section: Section, observed: datetime) -> LanguagePackages | Unavailable:
    """What was found on disk."""
    return Unavailable("packages of programming languages were not looked for")
