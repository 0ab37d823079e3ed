from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PortsSeen:
    """How much of a resource's TCP ports one run looked at.

    `now` counts those looked at this time, `every` all that are spoken of (65,535 where all are). `at` is when this
    look began, and `oldest` the moment before which none of them had its last look: the same where all were looked at.
    `source` is the address it was looked at from, empty where that is not known.
    """

    resource: str
    now: int
    every: int
    at: datetime
    oldest: datetime
    source: str = ""

    @property
    def partial(self) -> bool:
        """Whether what is said of some ports stands on an earlier run's look."""
        return self.oldest < self.at
