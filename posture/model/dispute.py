from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from posture.model.finding import Finding
from posture.model.severity import Severity


class DisputeState(StrEnum):
    """Where a dispute is: raised and not decided, accepted (the finding is wrong), rejected (it is right)."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Dispute:
    """Somebody says that a finding is wrong, and what the provider decided; rows of its own, never an edit.

    It is about one episode of the finding (its `times_reopened`) at one severity. Of several of an episode the one
    raised last counts. `decided_at` is None while nobody has decided; `decision` says why they did so.
    """

    finding: str
    customer: str
    episode: int
    severity: Severity
    reason: str
    raised_by: str
    raised_at: datetime
    state: DisputeState = DisputeState.RAISED
    decided_at: datetime | None = None
    decided_by: str = ""
    decision: str = ""

    def about(self, finding: Finding) -> bool:
        """Whether it is about the finding as it is in its present episode."""
        return finding.id == self.finding and finding.times_reopened == self.episode
