from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LASTS = timedelta(days=365)
"""An attestation that is older says how things were."""


class Topic(StrEnum):
    """What no look from outside or inside can show, so that the customer's word stands for it."""

    SUPPRESSION_LIST = "suppression-list"  # who asked for no more mail gets none
    CONSENT = "consent"  # recipients of advertising have agreed to it


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a customer says of himself, who said it and when: told in reports as said, and never as seen."""

    topic: Topic
    statement: str
    attested_by: str
    at: date

    def old(self, today: date) -> bool:
        """Whether it is more than a year old."""
        return today - self.at > LASTS
