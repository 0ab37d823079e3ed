"""Processes that still run what was replaced or deleted."""

from __future__ import annotations

from datetime import datetime

from posture.collect.host.sections import Section
from posture.facts.software import StaleProcesses
from posture.facts.unavailable import Unavailable


def stale_processes(section: Section, observed: datetime) -> StaleProcesses | Unavailable:
    """The processes with deleted code mapped."""
    return Unavailable("the memory maps of processes were not read")
