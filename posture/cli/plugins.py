"""The installed checks with their texts, as every command sees them."""

from __future__ import annotations

from functools import cache

from posture.cli.output import note
from posture.engine.plugins import Loaded, load
from posture.report.remediation import RemediationText
from posture.report.remediation import load as parse


@cache
def loaded() -> Loaded[RemediationText]:
    """All checks; what could not be loaded is named on standard error once."""
    found = load(parse)
    for problem in found.problems:
        note(f"posture: left out: {problem.name}: {problem.reason}")
    return found
