from __future__ import annotations

from datetime import datetime

from posture.model.finding import Finding


def observed(finding: Finding) -> datetime:
    """When the problem itself was last seen: what a later run takes over from an earlier look is no new look."""
    newest = max((evidence.at for evidence in finding.evidence), default=finding.last_seen)
    return min(finding.last_seen, newest)


def moment(at: datetime) -> str:
    """A time as reasons and statements say it: to the minute, with its zone."""
    return f"{at:%Y-%m-%d %H:%M %Z}"
