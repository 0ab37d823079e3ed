from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a delivery has come. Only one that is WAITING, or CLAIMED by a process that died, is tried again."""

    WAITING = "waiting"  # to be tried again at `next_try`
    CLAIMED = "claimed"  # a process prepares it; nothing has left yet
    SENDING = "sending"  # it is leaving; whether it arrived is not known until the other side answered
    SENT = "sent"  # the other side took it
    FAILED = "failed"  # the other side refused it for good, or it was tried too often


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What is never sent twice: one run's report of one customer, over one channel, to one recipient.

    `channel` is ``smtp``, ``spool`` or ``s3``; `recipient` an e-mail address, or for S3 the bucket.
    """

    customer: str
    run: str
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a delivery stands. `digest` is the SHA-256 of what was sent; `note` what the other side said.

    `at` is when this state began, `next_try` None where no try is to come.
    """

    key: DeliveryKey
    state: DeliveryState
    attempts: int
    at: datetime
    next_try: datetime | None = None
    digest: str = ""
    note: str = ""
