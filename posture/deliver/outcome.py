"""What a channel makes of one attempt, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from posture.model.delivery import Delivery, DeliveryState

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""Between attempts: about 17 hours in all, so that a mail server that is down for a night costs no report."""


class Refused(Exception):
    """The other side will never take it: a wrong recipient, a wrong password, no such bucket."""


class TryLater(Exception):
    """The other side could not take it now, and nothing has arrived."""


class Unknown(Exception):
    """All was sent and no answer came: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side has it; `said` is its answer."""

    said: str


def after(delivery: Delivery, ended: Taken | Refused | TryLater | Unknown, now: datetime) -> Delivery:
    """Where a delivery stands after an attempt."""
    if isinstance(ended, Taken):
        return replace(delivery, state=DeliveryState.SENT, at=now, next_try=None, note=ended.said)
    if isinstance(ended, Unknown):
        return replace(delivery, state=DeliveryState.SENDING, at=now, next_try=None, note=str(ended))
    if isinstance(ended, Refused) or delivery.attempts > len(PAUSES):
        return replace(delivery, state=DeliveryState.FAILED, at=now, next_try=None, note=str(ended))
    due = now + PAUSES[delivery.attempts - 1]
    return replace(delivery, state=DeliveryState.WAITING, at=now, next_try=due, note=str(ended))
