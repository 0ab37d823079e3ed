"""The only place that reads the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251


def steady(start: datetime) -> Clock:
    """A clock that goes on from a moment and never steps, whatever is done to the machine's: what leases go by.

    Args:
        start: what the clock of all machines says now: the database server's, or this machine's where it is alone.
    """
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)
