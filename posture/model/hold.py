from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LegalHold:
    """What must not be deleted while somebody needs it: all of a customer, or what one finding stands on.

    `finding` is empty for all of the customer. `lifted` is False for the beginning of a hold, True for its end; `by`
    and `reason` say who decided it and why, `at` (aware) when.
    """

    customer: str
    finding: str
    by: str
    reason: str
    at: datetime
    lifted: bool = False
