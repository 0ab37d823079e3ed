from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of an authorization before its time: of a verified one, or of one that stands in the inventory.

    It counts from when it is seen, whatever clock wrote `at`. `number` grows from one revocation to the next.
    """

    customer: str
    reference: str
    at: datetime
    by: str
    reason: str
    number: int = 0
